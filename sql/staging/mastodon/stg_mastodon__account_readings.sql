/*
title: Figures of accounts as read, one metric a row
grain: one row per account, native metric and reading
key: [account_id, native_metric, observed_at, ingested_at]
missing: value is null where the account did not give the figure
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  value: the level at the reading
checks:
  - account_id is not null and observed_at is not null
*/
with

readings as (
    select
        account_id, page_id, observed_at, ingested_at,
        'followers_count' as native_metric,
        cast(followers_count as double) as value
    from raw.mastodon__accounts
    union all
    select
        account_id, page_id, observed_at, ingested_at,
        'following_count' as native_metric,
        cast(following_count as double) as value
    from raw.mastodon__accounts
    union all
    select
        account_id, page_id, observed_at, ingested_at,
        'statuses_count' as native_metric,
        cast(statuses_count as double) as value
    from raw.mastodon__accounts
)

select
    account_id,
    native_metric,
    observed_at,
    ingested_at,
    value
from readings
qualify row_number() over (
    partition by account_id, native_metric, observed_at, ingested_at
    order by page_id, value
) = 1
