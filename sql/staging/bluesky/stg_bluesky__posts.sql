/*
title: Posts of Bluesky accounts as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: published_at is null where neither instant could be read; reposts and pins are not here
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: when it stands in feeds, UTC; the author's createdAt, unless indexedAt is earlier
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
    'bluesky:' || uri as post_id,
    account_id,
    'bluesky' as platform,
    -- createdAt is whatever the author's program claims: what was indexed cannot have been written later
    least(try_cast(record.createdat as timestamptz), try_cast(indexedat as timestamptz)) as published_at,
    record.text,
    coalesce(nullif(split_part(split_part(record.embed."$type", '.', 4), '#', 1), ''), 'text') as media_type,
    'https://bsky.app/profile/' || split_part(uri, '/', 3) || '/post/' || split_part(uri, '/', 5) as permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    observed_at,
    ingested_at
from raw.bluesky__posts
qualify row_number() over (
    partition by uri, observed_at, ingested_at
    order by indexedat desc, cid asc, page_id asc
) = 1
