/*
title: Lifetime figures of YouTube videos as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null and status not_offered where the owner hides the figure or switched it off, and never 0 for it;
  not_found where the platform was asked for the video and has none: deleted, or private
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

readings as (
    select
        id, page_id, observed_at, ingested_at, status,
        'viewCount' as native_metric,
        cast(statistics.viewcount as double) as value
    from raw.youtube__videos

    union all

    select
        id, page_id, observed_at, ingested_at, status,
        'likeCount' as native_metric,
        cast(statistics.likecount as double) as value
    from raw.youtube__videos

    union all

    select
        id, page_id, observed_at, ingested_at, status,
        'commentCount' as native_metric,
        cast(statistics.commentcount as double) as value
    from raw.youtube__videos
)

select
    'youtube:' || id as post_id,
    native_metric,
    observed_at,
    ingested_at,
    coalesce(status, case when value is null then 'not_offered' else 'ok' end) as status,
    value
from readings
qualify row_number() over (
    partition by id, native_metric, observed_at, ingested_at
    order by value desc nulls last, status desc, page_id asc
) = 1
