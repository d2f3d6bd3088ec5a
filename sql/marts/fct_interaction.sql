/*
title: Questions and comments put to the organisation
grain: one row per interaction
key: [interaction_id]
missing: answered_at is null while nobody has answered; kind where nobody has judged it
columns:
  interaction_id: id of the question or comment
  post_id: the post it was put to
  asked_at: when it was asked, UTC
  answered_at: when the institution first answered, UTC
  kind: what it was judged to be
checks:
  - asked_at is not null
*/
select
    interaction_id,
    post_id,
    asked_at,
    answered_at,
    kind
from staging.stg_files__interactions
