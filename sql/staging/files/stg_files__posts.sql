/*
title: Posts in imported files
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: every column but the ids and published_at is null where the file did not say
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, from the id
  published_at: when it was published, UTC
  text: the post's text
  media_type: kind of post, in the file's word, lower case
  permalink: the post's address
  ref_code: code of the short link in it
  appeal_id: the appeal it belongs to
  deleted_seen_at: when it was first seen to be gone, UTC
  observed_at: when the file was read; a file of posts has no clock of its own, UTC
  ingested_at: when the row became known, UTC
checks:
  - post_id is not null and account_id is not null
*/
select
    post_id,
    account_id,
    lower(split_part(post_id, ':', 1)) as platform,
    published_at,
    text,
    lower(media_type) as media_type,
    permalink,
    ref_code,
    appeal_id,
    deleted_seen_at,
    ingested_at as observed_at,
    ingested_at
from raw.files__posts
qualify row_number() over (partition by post_id, ingested_at, ingested_at order by page_id desc, row_hash asc) = 1
