/*
title: Figures of accounts as read, one metric a row
grain: one row per account, native metric and reading
key: [account_id, native_metric, observed_at, ingested_at]
missing: value is never null, because an answer without the figure is refused
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
    'firstDegreeSize' as native_metric,
    observed_at,
    ingested_at,
    cast(firstdegreesize as double) as value
from raw.linkedin__accounts
qualify row_number() over (
    partition by account_id, observed_at, ingested_at
    order by page_id, firstdegreesize
) = 1
