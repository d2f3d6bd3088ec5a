/*
title: Posts of LinkedIn pages as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: >-
  media_type, ref_code and appeal_id are always null; drafts and posts that LinkedIn could not publish are not here
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: when it was published, UTC; when it was created, where LinkedIn does not say
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
    'linkedin:' || id as post_id,
    account_id,
    'linkedin' as platform,
    to_timestamp(coalesce(publishedat, createdat) / 1000) as published_at,
    commentary as text,
    cast(null as varchar) as media_type,
    'https://www.linkedin.com/feed/update/' || id as permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    observed_at,
    ingested_at
from raw.linkedin__posts
where coalesce(lifecyclestate, 'PUBLISHED') = 'PUBLISHED'
qualify row_number() over (
    partition by id, observed_at, ingested_at
    order by lastmodifiedat desc nulls last, page_id asc
) = 1
