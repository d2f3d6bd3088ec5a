/*
title: Accounts' daily figures as last read
grain: one row per account, native metric and date that was read
key: [account_id, native_metric, local_date]
missing: value is null where a day was read without a figure; longer windows are not here, as no days follow from them
columns:
  account_id: 'platform:native_id'
  platform: the platform
  native_metric: the platform's own name
  local_date: calendar date in day_zone
  day_zone: zone in which the window is one day; the organisation's for levels
  status: ok or not_offered
  value: the window's figure, or the last level read that day
checks:
  - local_date is not null and day_zone is not null
  - value is null or status = 'ok'
*/
with

windows as (
    select * from staging.stg_facebook_pages__account_windows
    union all
    select * from staging.stg_instagram__account_windows
    union all
    select * from staging.stg_linkedin__account_windows
    union all
    select * from staging.stg_tiktok__account_windows
    union all
    select * from staging.stg_threads__account_windows
    union all
    select * from staging.stg_youtube__account_windows
    union all
    select * from staging.stg_files__account_windows
),

levels as (
    select * from staging.stg_facebook_pages__account_readings
    union all
    select * from staging.stg_instagram__account_readings
    union all
    select * from staging.stg_threads__account_readings
    union all
    select * from staging.stg_x__account_readings
    union all
    select * from staging.stg_linkedin__account_readings
    union all
    select * from staging.stg_tiktok__account_readings
    union all
    select * from staging.stg_mastodon__account_readings
    union all
    select * from staging.stg_bluesky__account_readings
    union all
    select * from staging.stg_youtube__account_readings
    union all
    select * from staging.stg_files__account_readings
),

-- one series has one kind of day: the platform's own, then the organisation's, then UTC
zones as (
    select platform, insight_day_zone as day_zone, 1 as precedence
    from seeds.platforms
    where insight_day_zone is not null
    union all
    select '*' as platform, timezone as day_zone, 2 as precedence from config.run
    union all
    select '*' as platform, 'UTC' as day_zone, 3 as precedence
),

fitted as (
    select
        windows.*, zones.day_zone, zones.precedence,
        windows.window_start at time zone zones.day_zone as local_start,
        windows.window_end at time zone zones.day_zone as local_end
    from windows
    inner join zones on zones.platform = '*' or zones.platform = lower(split_part(windows.account_id, ':', 1))
),

figures as (
    select
        account_id, native_metric, day_zone, status, value, observed_at, ingested_at, precedence,
        cast(local_start as date) as local_date
    from fitted
    where local_start = date_trunc('day', local_start) and local_end = local_start + interval 1 day

    union all

    select
        levels.account_id, levels.native_metric, run.timezone as day_zone, 'ok' as status, levels.value,
        levels.observed_at, levels.ingested_at, 4 as precedence,
        cast(levels.observed_at at time zone run.timezone as date) as local_date
    from levels cross join config.run
),

best as (
    select account_id, native_metric, min(precedence) as precedence
    from figures
    group by account_id, native_metric
)

select
    figures.account_id,
    coalesce(accounts.platform, lower(split_part(figures.account_id, ':', 1))) as platform,
    figures.native_metric, figures.local_date, figures.day_zone, figures.status, figures.value
from figures
inner join best
    on
        figures.account_id = best.account_id and figures.native_metric = best.native_metric
        and figures.precedence = best.precedence
left join marts.dim_account as accounts on figures.account_id = accounts.account_id
qualify row_number() over (
    partition by figures.account_id, figures.native_metric, figures.local_date
    order by
        figures.value is null asc, figures.observed_at desc, figures.ingested_at desc, figures.value desc nulls last,
        figures.status desc
) = 1
