/*
title: Questions and comments put to the organisation
grain: one row per interaction
key: [interaction_id]
missing: answered_at is null while nobody has answered; kind where nobody has judged it; a row answered before it was
    asked, or asked after it was read, has a wrong clock or zone and is left out (an import keeps such rows aside)
columns:
  interaction_id: id of the question or comment
  post_id: the post it was put to
  asked_at: when it was asked, UTC
  answered_at: when the institution first answered, UTC
  kind: what it was judged to be
checks:
  - asked_at is not null
  - answered_at is null or answered_at >= asked_at
*/
select
    interaction_id,
    post_id,
    asked_at,
    answered_at,
    kind
from staging.stg_files__interactions
where
    coalesce(answered_at >= asked_at, true)
    and coalesce(asked_at <= ingested_at, true)
