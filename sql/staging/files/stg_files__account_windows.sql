/*
title: Figures of accounts per window in imported files
grain: one row per account, native metric, window and reading
key: [account_id, native_metric, window_start, window_end, observed_at, ingested_at]
missing: value is null where the file had an empty cell
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's or the export's own name
  window_start: the window begins, UTC
  window_end: the window ends, UTC, exclusive
  observed_at: when the file was read, UTC
  ingested_at: when the row became known, UTC
  status: always ok, since a file does not say what was refused
  value: the figure for the window
checks:
  - account_id is not null and native_metric is not null
  - window_start < window_end
*/
select
    account_id,
    native_metric,
    window_start,
    window_end,
    ingested_at as observed_at,
    ingested_at,
    'ok' as status,
    value
from raw.files__account_windows
qualify
    row_number()
        over (
            partition by account_id, native_metric, window_start, window_end, ingested_at, ingested_at
            order by value desc nulls last, page_id asc, row_hash asc
        )
    = 1
