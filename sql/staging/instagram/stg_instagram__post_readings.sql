/*
title: Lifetime figures of Instagram media as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null where the platform answered with an empty list (no data yet, or hidden likes) and never 0 for it; a
  media that has no insights at all is not_offered for the metrics that others of its kind got in the same run
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok, not_offered, not_found or error
  value: the lifetime figure at the reading
checks:
  - post_id is not null and native_metric is not null and observed_at is not null
  - status in ('ok', 'not_offered', 'not_found', 'error')
  - value is null or status = 'ok'
*/
with

media as (
    select
        id, page_id, observed_at, ingested_at,
        'like_count' as native_metric,
        cast(like_count as double) as value
    from raw.instagram__media

    union all

    select
        id, page_id, observed_at, ingested_at,
        'comments_count' as native_metric,
        cast(comments_count as double) as value
    from raw.instagram__media
),

given as (
    select
        insights.id, insights.account_id, insights.run_id, insights.page_id, insights.observed_at, insights.ingested_at,
        insights.media_product_type,
        listed.item.name as native_metric,
        coalesce(listed.item.total_value.value, try_cast(listed.item.values[1].value as double)) as value
    from raw.instagram__media_insights as insights, unnest(insights.data) as listed (item)
    where insights.status = 'ok' and coalesce(listed.item.period, 'lifetime') = 'lifetime'
),

asked as (
    select run_id, account_id, media_product_type, native_metric, 'ok' as status
    from given

    union

    select run_id, account_id, media_product_type, native_metric, status
    from raw.instagram__metric_status
    where scope = 'post' and status = 'not_offered'
),

not_given as (
    select
        insights.id, insights.page_id, insights.observed_at, insights.ingested_at,
        asked.native_metric,
        case when insights.status = 'ok' then asked.status else insights.status end as status
    from raw.instagram__media_insights as insights
    inner join asked
        on
            insights.run_id = asked.run_id and insights.account_id = asked.account_id
            and coalesce(asked.media_product_type, insights.media_product_type, '')
            = coalesce(insights.media_product_type, '')
    left join given
        on insights.page_id = given.page_id and insights.id = given.id and asked.native_metric = given.native_metric
    where given.id is null

    union all

    select id, page_id, observed_at, ingested_at, 'like_count' as native_metric, status
    from raw.instagram__media_insights
    where status = 'not_found'
),

readings as (
    select id, page_id, native_metric, observed_at, ingested_at, 'ok' as status, value
    from media
    union all
    select id, page_id, native_metric, observed_at, ingested_at, 'ok' as status, value
    from given
    union all
    select id, page_id, native_metric, observed_at, ingested_at, status, null as value
    from not_given
)

select
    'instagram:' || id as post_id,
    native_metric,
    observed_at,
    ingested_at,
    status,
    value
from readings
qualify row_number() over (
    partition by id, native_metric, observed_at, ingested_at
    order by value desc nulls last, status asc, page_id asc
) = 1
