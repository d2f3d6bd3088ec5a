/*
title: Questions and comments in imported files, newest state
grain: one row per interaction
key: [interaction_id]
missing: answered_at is null while nobody has answered
columns:
  interaction_id: id of the question or comment
  post_id: id of the post it was put to
  asked_at: when it was asked, UTC
  answered_at: when the institution first answered, UTC
  kind: what it was judged to be
  ingested_at: when the row became known, UTC
checks:
  - interaction_id is not null and asked_at is not null
*/
select
    interaction_id,
    post_id,
    asked_at,
    answered_at,
    kind,
    ingested_at
from raw.files__interactions
qualify row_number() over (partition by interaction_id order by ingested_at desc, page_id desc, row_hash asc) = 1
