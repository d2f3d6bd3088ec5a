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
select
    account_id,
    'followers_count' as native_metric,
    observed_at,
    ingested_at,
    cast(followers_count as double) as value
from raw.threads__accounts
qualify row_number() over (
    partition by account_id, observed_at, ingested_at
    order by followers_count desc nulls last, page_id asc
) = 1
