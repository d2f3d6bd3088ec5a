/*
title: Accounts of the organisation
grain: one row per account
key: [account_id]
missing: >-
  unit_id is null where neither goals.yaml nor a file says whose the account is; opened_at and closed_at where unknown
columns:
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  unit_id: the unit it belongs to
  handle: its name for people, newest known
  opened_at: when it was opened, UTC
  closed_at: when it was closed, UTC
checks:
  - account_id is not null and platform is not null
*/
with

stated as (
    select account_id, platform, unit_id, handle, opened_at, closed_at, 1 as precedence, null as known_at
    from config.accounts
    union all
    select account_id, platform, unit_id, handle, opened_at, closed_at, 2 as precedence, ingested_at as known_at
    from staging.stg_files__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_facebook_pages__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_instagram__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_x__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_mastodon__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_bluesky__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_linkedin__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_tiktok__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_threads__accounts
    union all
    select
        account_id, platform, null as unit_id, handle, null as opened_at, null as closed_at, 3 as precedence,
        observed_at as known_at
    from staging.stg_youtube__accounts
    union all
    select
        account_id, platform, null as unit_id, null as handle, null as opened_at, null as closed_at,
        4 as precedence, ingested_at as known_at
    from staging.stg_files__posts
),

-- goals.yaml speaks before a file, a file before a platform
ranked as (
    select
        *,
        row_number() over (
            partition by account_id
            order by precedence asc, known_at desc nulls last, handle asc, platform asc, unit_id asc
        ) as place
    from stated
)

select
    account_id,
    min_by(lower(platform), place) filter (where platform is not null) as platform,
    min_by(unit_id, place) filter (where unit_id is not null) as unit_id,
    min_by(handle, place) filter (where handle is not null) as handle,
    min_by(opened_at, place) filter (where opened_at is not null) as opened_at,
    min_by(closed_at, place) filter (where closed_at is not null) as closed_at
from ranked
group by account_id
