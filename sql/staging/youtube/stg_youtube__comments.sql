/*
title: Comments under posts on YouTube and our answers, as read
grain: one row per comment and reading
key: [comment_id, observed_at, ingested_at]
missing: author is null for our own, and where the platform does not say who wrote it; kind is null for our own
columns:
  comment_id: 'platform:native_id'
  post_id: the post it stands under, 'platform:native_id'
  parent_id: the comment it answers, 'platform:native_id'; null if it stands directly under the post
  platform: the platform, as in the metric catalogue
  is_ours: the account itself wrote it
  author: keyed hash of who wrote it
  commented_at: when it was written, UTC
  kind: question, comment or spam, judged by its form when it was read
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
checks:
  - comment_id is not null and post_id is not null and is_ours is not null
*/
select
    'youtube:' || id as comment_id,
    'youtube:' || post_id as post_id,
    'youtube:' || parent_id as parent_id,
    'youtube' as platform,
    is_ours,
    author,
    try_cast(created_at as timestamptz) as commented_at,
    kind,
    observed_at,
    ingested_at
from raw.youtube__comments
qualify row_number() over (partition by id, observed_at, ingested_at order by page_id, row_hash) = 1
