/*
title: Videos of YouTube channels as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: >-
  published_at and text are null where the video is private, and in readings of figures; media_type in listings, which
  tell no length
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: since when everybody may see it, UTC
  text: title and description
  media_type: video, or short for at most 60 seconds; the platform does not say which videos are Shorts
  permalink: the video's address
  ref_code: code of the short link in it, if the source names one
  appeal_id: the appeal it belongs to, if the source names one
  deleted_seen_at: when the source first said it was gone, UTC; here missing videos are told by their readings' status
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
checks:
  - post_id is not null and account_id is not null and observed_at is not null
*/
with

listed as (
    select
        account_id, page_id, observed_at, ingested_at,
        contentdetails.videoid as id,
        try_cast(contentdetails.videopublishedat as timestamptz) as published_at,
        case
            when contentdetails.videopublishedat is not null
                then concat_ws(chr(10), snippet.title, nullif(snippet.description, ''))
        end as text,
        cast(null as varchar) as media_type
    from raw.youtube__posts
),

-- one length in two ways to write it: PT1M of videos.list, 60s of videos:batchGetStats; a live stream has none
measured as (
    select
        account_id, page_id, observed_at, ingested_at,
        id,
        cast(null as timestamptz) as published_at,
        cast(null as varchar) as text,
        case
            when contentdetails.duration is null then null
            when regexp_full_match(contentdetails.duration, 'PT(60|[0-5]?[0-9])S|PT1M(0S)?') then 'short'
            when try_cast(rtrim(contentdetails.duration, 's') as double) between 0.001 and 60 then 'short'
            else 'video'
        end as media_type
    from raw.youtube__videos
    where status is null
),

read as (
    select * from listed
    union all
    select * from measured
)

select
    'youtube:' || id as post_id,
    min_by(account_id, page_id) as account_id,
    'youtube' as platform,
    min_by(published_at, page_id) filter (where published_at is not null) as published_at,
    min_by(text, page_id) filter (where text is not null) as text,
    min_by(media_type, page_id) filter (where media_type is not null) as media_type,
    'https://www.youtube.com/watch?v=' || id as permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    observed_at,
    ingested_at
from read
group by id, observed_at, ingested_at
