/*
title: Posts of Threads accounts as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: >-
  text is null for a post without words; published_at where the platform's instant could not be read; reposts of others
  are not here at all
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: when it was published, UTC
  text: the post's text
  media_type: kind of post, in the platform's word, lower case
  permalink: the post's address
  ref_code: code of the short link in it, if the source names one
  appeal_id: the appeal it belongs to, if the source names one
  deleted_seen_at: when the source first said it was gone, UTC
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
checks:
  - post_id is not null and account_id is not null and observed_at is not null
*/
select
    'threads:' || id as post_id,
    account_id,
    'threads' as platform,
    try_cast(timestamp as timestamptz) as published_at,
    text,
    lower(media_type) as media_type,
    permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    observed_at,
    ingested_at
from raw.threads__posts
where media_type is distinct from 'REPOST_FACADE'
qualify row_number() over (partition by id, observed_at, ingested_at order by page_id, text) = 1
