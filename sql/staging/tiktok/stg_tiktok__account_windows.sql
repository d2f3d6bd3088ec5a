/*
title: Figures that TikTok computed for an account's days
grain: one row per account, native metric, window and reading
key: [account_id, native_metric, window_start, window_end, observed_at, ingested_at]
missing: value is null where fewer than 100 accounts followed; a day that TikTok did not tell of is not here
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  window_start: the window the platform computed begins, UTC
  window_end: the window ends, UTC, exclusive
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok or not_offered
  value: the figure for the window, taken to be a UTC day, because TikTok dates it without a zone
checks:
  - account_id is not null and native_metric is not null
  - window_start < window_end
  - value is null or status = 'ok'
*/
with

figures as (
    select
        account_id, page_id, observed_at, ingested_at,
        try_cast(date as timestamp) as begins,
        unnest([
            { 'native_metric': 'video_views', 'value': video_views },
            { 'native_metric': 'unique_video_views', 'value': unique_video_views },
            { 'native_metric': 'profile_views', 'value': profile_views },
            { 'native_metric': 'likes', 'value': likes },
            { 'native_metric': 'comments', 'value': comments },
            { 'native_metric': 'shares', 'value': shares },
            { 'native_metric': 'daily_total_followers', 'value': daily_total_followers },
            { 'native_metric': 'daily_new_followers', 'value': daily_new_followers },
            { 'native_metric': 'daily_lost_followers', 'value': daily_lost_followers }
        ]) as figure
    from raw.tiktok__account_days
),

days as (
    select
        figures.*,
        figures.begins at time zone platforms.insight_day_zone as window_start,
        (figures.begins + interval 1 day) at time zone platforms.insight_day_zone as window_end
    from figures
    inner join seeds.platforms on platforms.platform = 'tiktok'
)

select
    account_id,
    figure.native_metric,
    window_start,
    window_end,
    observed_at,
    ingested_at,
    'ok' as status,
    cast(figure.value as double) as value
from days
where window_start is not null
qualify row_number() over (
    partition by account_id, figure.native_metric, window_start, observed_at, ingested_at
    order by figure.value desc nulls last, page_id asc
) = 1
