/*
title: Readings of accounts in imported files
grain: one row per account, native metric and reading
key: [account_id, native_metric, observed_at, ingested_at]
missing: value is null where the file had an empty cell
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's or the export's own name
  observed_at: when the figure held, UTC
  ingested_at: when the row became known, UTC
  value: the level at the reading
checks:
  - account_id is not null and observed_at is not null
*/
select
    account_id,
    native_metric,
    observed_at,
    ingested_at,
    value
from raw.files__account_snapshots
qualify
    row_number()
        over (
            partition by account_id, native_metric, observed_at, ingested_at
            order by value desc nulls last, page_id asc, row_hash asc
        )
    = 1
