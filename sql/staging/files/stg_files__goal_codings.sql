/*
title: What coders said about drawn posts, newest word of each
grain: one row per sample, post, goal and coder
key: [sample_id, post_id, goal_id, coder]
missing: a post that a coder has not coded has no row of theirs
columns:
  sample_id: name of the draw
  post_id: platform:native id
  goal_id: goal
  coder: a or b, who code without seeing each other's, or adjudicated (agreed afterwards)
  serves: whether the post serves the goal
  coded_at: when it was scored, UTC
  ingested_at: when the row became known, UTC
checks:
  - coder in ('a', 'b', 'adjudicated')
*/
select
    sample_id,
    post_id,
    goal_id,
    coder,
    serves,
    coded_at,
    ingested_at
from raw.files__goal_codings
qualify
    row_number() over (
        partition by sample_id, post_id, goal_id, coder
        order by coded_at desc, ingested_at desc, page_id desc, row_hash asc
    ) = 1
