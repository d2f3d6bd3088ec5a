/*
title: Figures that Threads computed for an account's windows
grain: one row per account, native metric, window and reading
key: [account_id, native_metric, window_start, window_end, observed_at, ingested_at]
missing: >-
  value is null where the platform answered without a figure for the window; a refused metric has status not_offered,
  in the Pacific day before the refusal
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  window_start: the window the platform computed begins, UTC
  window_end: the window ends, UTC, exclusive
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok or not_offered
  value: the figure for the window
checks:
  - account_id is not null and native_metric is not null
  - window_start < window_end
  - value is null or status = 'ok'
*/
with

series as (
    select
        insights.account_id, insights.page_id, insights.observed_at, insights.ingested_at,
        insights.name as native_metric,
        'ok' as status,
        case insights.period when 'day' then 1 when 'week' then 7 when 'days_28' then 28 end as days,
        try_cast(listed.item.end_time as timestamptz) as window_end,
        try_cast(listed.item.value as double) as value
    from raw.threads__account_insights as insights, unnest(insights.values) as listed (item)
    where listed.item.end_time is not null
),

refused as (
    select
        metric_status.account_id, metric_status.page_id, metric_status.observed_at, metric_status.ingested_at,
        metric_status.native_metric,
        metric_status.status,
        1 as days,
        -- the last Pacific midnight before the refusal
        date_trunc('hour', metric_status.observed_at) - cast(
            extract(hour from metric_status.observed_at at time zone platforms.insight_day_zone) as integer
        ) * interval 1 hour as window_end,
        cast(null as double) as value
    from raw.threads__metric_status as metric_status
    inner join seeds.platforms on platforms.platform = 'threads'
    where metric_status.scope = 'account' and metric_status.status = 'not_offered'
),

ending as (
    select * from series
    union all
    select * from refused
),

windows as (
    select
        ending.account_id, ending.page_id, ending.observed_at, ending.ingested_at,
        ending.native_metric,
        ending.status,
        ending.window_end,
        ending.value,
        -- a day of the platform is 23 or 25 hours long when its clocks change: step back by the wall clock
        ending.window_end - ending.days * interval 1 day + (
            (ending.window_end at time zone platforms.insight_day_zone) - ending.days * interval 1 day
            - ((ending.window_end - ending.days * interval 1 day) at time zone platforms.insight_day_zone)
        ) as window_start
    from ending
    inner join seeds.platforms on platforms.platform = 'threads'
    where ending.window_end is not null and ending.days is not null

    union all

    select
        account_id, page_id, observed_at, ingested_at,
        name as native_metric,
        'ok' as status,
        try_cast(window_end as timestamptz) as window_end,
        total_value.value,
        try_cast(window_start as timestamptz) as window_start
    from raw.threads__account_insights
    where window_start is not null and link_total_values is null

    union all

    -- clicks come as one number for each link; without any there is nothing to say
    select
        insights.account_id, insights.page_id, insights.observed_at, insights.ingested_at,
        insights.name as native_metric,
        'ok' as status,
        try_cast(insights.window_end as timestamptz) as window_end,
        sum(try_cast(link.item.value as double)) as value,
        try_cast(insights.window_start as timestamptz) as window_start
    from raw.threads__account_insights as insights
    left join unnest(insights.link_total_values) as link (item) on true
    where insights.window_start is not null and insights.link_total_values is not null
    group by all
)

select
    account_id,
    native_metric,
    window_start,
    window_end,
    observed_at,
    ingested_at,
    status,
    value
from windows
qualify row_number() over (
    partition by account_id, native_metric, window_start, window_end, observed_at, ingested_at
    order by status desc, value desc nulls last, page_id asc
) = 1
