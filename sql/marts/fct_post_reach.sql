/*
title: Posts' unique reach as last read, one figure a definition
grain: one row per post and definition of reach
key: [post_id, definition_id]
missing: >-
  no row for a post whose reach was never read; a platform without unique figures has none (seeds.not_offered)
columns:
  post_id: 'platform:native_id'
  definition_id: what the platform counted; two are never held against each other
  reach: different accounts that saw the post in its lifetime, an estimate [accounts, may not be summed]
  read_at: when that figure was read, UTC
checks:
  - definition_id is not null and reach is not null
*/
select
    post_id,
    definition_id,
    max_by(value, struct_pack(observed_at, value)) as reach,
    max(observed_at) as read_at
from marts.fct_post_snapshot
where metric = 'reach_post' and value is not null
group by post_id, definition_id
