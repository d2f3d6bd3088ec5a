/*
title: Comments under the organisation's posts and its own answers, newest state
grain: one row per comment
key: [comment_id]
missing: author is null for our own, and where the platform does not say who wrote it; kind is null for our own; text is
    never kept
columns:
  comment_id: 'platform:native_id'
  post_id: the post it stands under
  parent_id: the comment it answers; null if it stands directly under the post
  platform: the platform, as in the metric catalogue
  is_ours: the account itself wrote it
  author: keyed hash of who wrote it
  commented_at: when it was written, UTC
  kind: question, comment or spam
  first_seen_at: first reading, UTC
  seen_at: newest reading, UTC
checks:
  - commented_at is not null
*/
with

newest as (
    select
        *,
        min(observed_at) over (partition by comment_id) as first_seen_at
    from staging.stg_landing__comments
    where commented_at is not null
    qualify row_number() over (
        partition by comment_id order by observed_at desc, ingested_at desc, commented_at asc, post_id asc
    ) = 1
)

select
    comment_id,
    post_id,
    parent_id,
    platform,
    is_ours,
    author,
    commented_at,
    kind,
    first_seen_at,
    observed_at as seen_at
from newest
