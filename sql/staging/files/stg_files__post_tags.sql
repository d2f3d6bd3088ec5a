/*
title: Posts tagged with goals by hand, newest decision
grain: one row per post and goal
key: [post_id, goal_id]
missing: weight is null where the person gave none; the goal's own weight then holds
columns:
  post_id: platform:native id
  goal_id: goal as named in the file; not always one that goals.yaml still has
  decision: include, exclude, or withdrawn (the rules decide again)
  weight: part of the post that serves the goal, 0 to 1
  tagged_at: when it was decided, UTC; not after ingested_at
  ingested_at: when the row became known, UTC
checks:
  - decision in ('include', 'exclude', 'withdrawn')
  - weight is null or (weight > 0 and weight <= 1)
*/
with

tags as (
    select
        post_id,
        goal_id,
        decision,
        weight,
        least(tagged_at, ingested_at) as tagged_at,
        ingested_at,
        page_id,
        row_hash
    from raw.files__post_tags
)

select
    post_id,
    goal_id,
    decision,
    weight,
    tagged_at,
    ingested_at
from tags
qualify
    row_number() over (
        partition by post_id, goal_id
        order by tagged_at desc, ingested_at desc, page_id desc, row_hash asc
    ) = 1
