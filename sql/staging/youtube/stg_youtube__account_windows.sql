/*
title: Figures of YouTube channels' days, one metric a row
grain: one row per account, native metric, window and reading
key: [account_id, native_metric, window_start, window_end, observed_at, ingested_at]
missing: >-
  a day that the report left out (the last two or three, and days without data) is not here; value is null where the day
  came without the figure; a refused metric has status not_offered, in the Pacific day before the refusal
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  window_start: the Pacific day begins, UTC
  window_end: the day ends, UTC, exclusive
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok or not_offered
  value: the figure for the day
checks:
  - account_id is not null and native_metric is not null
  - window_start < window_end
  - value is null or status = 'ok'
*/
with

days as (
    select
        account_id, page_id, observed_at, ingested_at,
        try_cast(day as timestamp) as local_day,
        [
            { 'name': 'views', 'value': cast(views as double) },
            { 'name': 'engagedViews', 'value': cast(engagedviews as double) },
            { 'name': 'estimatedMinutesWatched', 'value': cast(estimatedminuteswatched as double) },
            { 'name': 'averageViewDuration', 'value': cast(averageviewduration as double) },
            { 'name': 'likes', 'value': cast(likes as double) },
            { 'name': 'comments', 'value': cast(comments as double) },
            { 'name': 'shares', 'value': cast(shares as double) },
            { 'name': 'subscribersGained', 'value': cast(subscribersgained as double) },
            { 'name': 'subscribersLost', 'value': cast(subscriberslost as double) }
        ] as figures
    from raw.youtube__days
),

told as (
    select
        days.account_id, days.page_id, days.observed_at, days.ingested_at, days.local_day,
        listed.item.name as native_metric,
        'ok' as status,
        listed.item.value
    from days, unnest(days.figures) as listed (item)
    where days.local_day is not null

    union all

    select
        refused.account_id, refused.page_id, refused.observed_at, refused.ingested_at,
        date_trunc('day', refused.observed_at at time zone platforms.insight_day_zone) - interval 1 day as local_day,
        refused.native_metric,
        refused.status,
        cast(null as double) as value
    from raw.youtube__metric_status as refused
    inner join seeds.platforms on platforms.platform = 'youtube'
    where refused.scope = 'account' and refused.status = 'not_offered'
)

select
    told.account_id,
    told.native_metric,
    told.local_day at time zone platforms.insight_day_zone as window_start,
    (told.local_day + interval 1 day) at time zone platforms.insight_day_zone as window_end,
    told.observed_at,
    told.ingested_at,
    told.status,
    told.value
from told
inner join seeds.platforms on platforms.platform = 'youtube'
qualify row_number() over (
    partition by told.account_id, told.native_metric, told.local_day, told.observed_at, told.ingested_at
    order by told.status desc, told.value desc nulls last, told.page_id asc
) = 1
