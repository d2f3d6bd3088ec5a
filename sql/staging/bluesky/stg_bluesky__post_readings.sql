/*
title: Lifetime figures of Bluesky posts as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null where the answer lacked the figure; reposts and pins are not here
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
        account_id, uri as id, page_id, observed_at, ingested_at,
        'likeCount' as native_metric,
        cast(likecount as double) as value
    from raw.bluesky__posts
    union all
    select
        account_id, uri as id, page_id, observed_at, ingested_at,
        'repostCount' as native_metric,
        cast(repostcount as double) as value
    from raw.bluesky__posts
    union all
    select
        account_id, uri as id, page_id, observed_at, ingested_at,
        'replyCount' as native_metric,
        cast(replycount as double) as value
    from raw.bluesky__posts
    union all
    select
        account_id, uri as id, page_id, observed_at, ingested_at,
        'quoteCount' as native_metric,
        cast(quotecount as double) as value
    from raw.bluesky__posts
    union all
    select
        account_id, uri as id, page_id, observed_at, ingested_at,
        'bookmarkCount' as native_metric,
        cast(bookmarkcount as double) as value
    from raw.bluesky__posts
)

select
    'bluesky:' || id as post_id,
    native_metric,
    observed_at,
    ingested_at,
    'ok' as status,
    value
from readings
qualify row_number() over (
    partition by account_id, id, native_metric, observed_at, ingested_at
    order by value desc nulls last, page_id asc
) = 1
