/*
title: Posts of the organisation, newest attributes
grain: one row per post
key: [post_id]
incremental: post_id
missing: >-
  unit_id is null where the account's unit is unknown; ref_code and appeal_id where neither source nor text names one
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  unit_id: the unit the account belongs to
  published_at: when it was published, UTC
  local_date: date of publication in the organisation's time zone
  text: the post's text, newest
  media_type: kind of post, in the platform's word
  permalink: the post's address
  ref_code: code of the short link, lower case; from the source, else from the text
  appeal_id: the appeal; from the source, else 'case:' and a hash of the case number in the text
  deleted_seen_at: when it was first seen to be gone and not seen again since, UTC
  first_seen_at: first reading, UTC
checks:
  - post_id is not null and account_id is not null and platform is not null
*/
with

readings as (
    select * from staging.stg_facebook_pages__posts
    union all
    select * from staging.stg_instagram__posts
    union all
    select * from staging.stg_threads__posts
    union all
    -- an edit has its own instant; the post was published when its first version was
    select * replace (min(published_at) over (partition by post_id) as published_at)
    from staging.stg_x__posts
    union all
    select * from staging.stg_linkedin__posts
    union all
    select * from staging.stg_tiktok__posts
    union all
    select * from staging.stg_mastodon__posts
    union all
    select * from staging.stg_bluesky__posts
    union all
    select * from staging.stg_youtube__posts
    union all
    select * from staging.stg_files__posts
),

ranked as (
    select
        *,
        row_number() over (
            partition by post_id order by observed_at desc, ingested_at desc, published_at asc, text asc, permalink asc
        ) as place
    from readings
),

posts as (
    select
        post_id,
        min_by(account_id, place) as account_id,
        min_by(platform, place) as platform,
        min_by(published_at, place) filter (where published_at is not null) as published_at,
        min_by(text, place) filter (where text is not null) as text,
        min_by(media_type, place) filter (where media_type is not null) as media_type,
        min_by(permalink, place) filter (where permalink is not null) as permalink,
        min_by(lower(ref_code), place) filter (where ref_code is not null) as ref_code,
        min_by(appeal_id, place) filter (where appeal_id is not null) as appeal_id,
        min(deleted_seen_at) as deleted_seen_at,
        min(observed_at) as first_seen_at
    from ranked
    group by post_id
),

found as (
    select
        posts.post_id,
        min(lower(regex_first(posts.text, goals.ref_pattern))) as ref_code,
        min(upper(regex_first(posts.text, goals.case_pattern))) as case_number,
        max(upper(regex_first(posts.appeal_id, goals.case_pattern))) as stated_case_number
    from posts
    cross join config.goals
    where goals.ref_pattern is not null or goals.case_pattern is not null
    group by posts.post_id
)

select
    posts.post_id,
    posts.account_id,
    coalesce(accounts.platform, posts.platform) as platform,
    accounts.unit_id,
    posts.published_at,
    cast(posts.published_at at time zone run.timezone as date) as local_date,
    posts.text,
    posts.media_type,
    posts.permalink,
    coalesce(posts.ref_code, found.ref_code) as ref_code,
    case
        when found.stated_case_number is not null then 'case:' || md5(run.org_id || found.stated_case_number)
        when posts.appeal_id is not null then posts.appeal_id
        when found.case_number is not null then 'case:' || md5(run.org_id || found.case_number)
    end as appeal_id,
    coalesce(posts.deleted_seen_at, gone.gone_at) as deleted_seen_at,
    posts.first_seen_at
from posts
cross join config.run
left join marts.dim_account as accounts on posts.account_id = accounts.account_id
left join found on posts.post_id = found.post_id
left join marts.fct_post_told_gone as gone on posts.post_id = gone.post_id
