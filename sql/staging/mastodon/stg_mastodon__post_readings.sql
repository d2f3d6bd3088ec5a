/*
title: Lifetime figures of Mastodon posts as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null where the server has no such counter (quotes before 4.5, other servers); boosts are not here
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
        account_id, id, page_id, observed_at, ingested_at,
        'favourites_count' as native_metric,
        cast(favourites_count as double) as value
    from raw.mastodon__posts
    union all
    select
        account_id, id, page_id, observed_at, ingested_at,
        'reblogs_count' as native_metric,
        cast(reblogs_count as double) as value
    from raw.mastodon__posts
    union all
    select
        account_id, id, page_id, observed_at, ingested_at,
        'replies_count' as native_metric,
        cast(replies_count as double) as value
    from raw.mastodon__posts
    union all
    select
        account_id, id, page_id, observed_at, ingested_at,
        'quotes_count' as native_metric,
        cast(quotes_count as double) as value
    from raw.mastodon__posts
)

select
    'mastodon:' || id || '@' || split_part(account_id, '@', 2) as post_id,
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
