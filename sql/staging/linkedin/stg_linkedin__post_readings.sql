/*
title: Lifetime figures of LinkedIn posts as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  LinkedIn leaves a post out on which nothing has happened: its counts are 0 while it counts the post (status silent in
  raw), and not_offered afterwards, when later engagement is lost; the ratio of a post without impressions is null
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok, not_offered, not_found or error
  value: the lifetime figure at the reading; organic only
checks:
  - post_id is not null and native_metric is not null and observed_at is not null
  - status in ('ok', 'not_offered', 'not_found', 'error')
  - value is null or status = 'ok'
*/
with

told as (
    select *, totalsharestatistics as totals from raw.linkedin__post_statistics
),

readings as (
    select
        id, page_id, observed_at, ingested_at, status,
        unnest([
            { 'native_metric': 'impressionCount', 'kind': 'count', 'given': totals.impressioncount },
            { 'native_metric': 'uniqueImpressionsCount', 'kind': 'count', 'given': totals.uniqueimpressionscount },
            { 'native_metric': 'clickCount', 'kind': 'count', 'given': totals.clickcount },
            { 'native_metric': 'likeCount', 'kind': 'count', 'given': totals.likecount },
            { 'native_metric': 'commentCount', 'kind': 'count', 'given': totals.commentcount },
            { 'native_metric': 'shareCount', 'kind': 'count', 'given': totals.sharecount },
            { 'native_metric': 'engagement', 'kind': 'ratio', 'given': totals.engagement }
        ]) as figure
    from told
),

-- what nobody saw has counts of zero, and no ratio
valued as (
    select
        id, page_id, observed_at, ingested_at, status,
        figure.native_metric,
        case when status = 'silent' and figure.kind = 'count' then 0.0 else cast(figure.given as double) end as value
    from readings
)

select
    'linkedin:' || id as post_id,
    native_metric,
    observed_at,
    ingested_at,
    case when status = 'forgotten' then 'not_offered' else 'ok' end as status,
    value
from valued
qualify row_number() over (
    partition by id, native_metric, observed_at, ingested_at
    order by value desc nulls last, page_id asc
) = 1
