/*
title: Videos of TikTok accounts as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: text is null for a video without a caption; ref_code and appeal_id are always null
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
    'tiktok:' || coalesce(id, item_id) as post_id,
    account_id,
    'tiktok' as platform,
    -- seconds, as a number or as text, by the interface
    to_timestamp(try_cast(create_time ->> '$' as bigint)) as published_at,
    coalesce(caption, nullif(video_description, ''), title) as text,
    'video' as media_type,
    share_url as permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    observed_at,
    ingested_at
from raw.tiktok__posts
qualify row_number() over (
    partition by coalesce(id, item_id), observed_at, ingested_at
    order by page_id, title
) = 1
