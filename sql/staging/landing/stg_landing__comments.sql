/*
title: Comments under posts and our answers, as read
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
with

-- every source gives the same record
readings as (
    select 'facebook' as platform, * from raw.facebook_pages__comments
    union all
    select 'instagram' as platform, * from raw.instagram__comments
    union all
    select 'threads' as platform, * from raw.threads__comments
    union all
    select 'x' as platform, * from raw.x__comments
    union all
    select 'youtube' as platform, * from raw.youtube__comments
    union all
    select 'tiktok' as platform, * from raw.tiktok__comments
    union all
    select 'linkedin' as platform, * from raw.linkedin__comments
    union all
    select 'bluesky' as platform, * from raw.bluesky__comments
    union all
    select 'mastodon' as platform, * from raw.mastodon__comments
),

-- an id of Mastodon is unique on its server only
named as (
    select
        *,
        case when platform = 'mastodon' then '@' || split_part(account_id, '@', 2) else '' end as server
    from readings
)

select
    platform || ':' || id || server as comment_id,
    platform || ':' || post_id || server as post_id,
    platform || ':' || parent_id || server as parent_id,
    platform,
    is_ours,
    author,
    try_cast(created_at as timestamptz) as commented_at,
    kind,
    observed_at,
    ingested_at
from named
qualify row_number() over (
    partition by platform, id, server, observed_at, ingested_at order by page_id, row_hash
) = 1
