/*
title: Readings of posts in imported files
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: value is null where the file had an empty cell, and never 0 for it
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's or the export's own name
  observed_at: when the figure held, UTC
  ingested_at: when the row became known, UTC
  status: ok, not_offered, not_found or error
  value: the lifetime figure at the reading
checks:
  - post_id is not null and native_metric is not null and observed_at is not null
  - status in ('ok', 'not_offered', 'not_found', 'error')
  - value is null or status = 'ok'
*/
with

-- a hash finds the few rows that may say the same twice, for less than ordering all of them takes
twins as (
    select hash(post_id, native_metric, observed_at, ingested_at) as mixed
    from raw.files__post_snapshots
    group by mixed
    having count(*) > 1
),

chosen as (
    select post_id, native_metric, observed_at, ingested_at, status, value
    from raw.files__post_snapshots
    where hash(post_id, native_metric, observed_at, ingested_at) in (select twins.mixed from twins)
    qualify row_number() over (
        partition by post_id, native_metric, observed_at, ingested_at
        order by value desc nulls last, page_id asc, row_hash asc
    ) = 1
),

readings as (
    select * from chosen
    union all
    select post_id, native_metric, observed_at, ingested_at, status, value
    from raw.files__post_snapshots
    where hash(post_id, native_metric, observed_at, ingested_at) not in (select twins.mixed from twins)
)

select
    post_id,
    native_metric,
    observed_at,
    ingested_at,
    status,
    case when status = 'ok' then value end as value
from readings
