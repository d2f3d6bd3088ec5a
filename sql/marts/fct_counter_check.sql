/*
title: Counters of sampled posts beside the length of their lists
grain: one row per post, native metric and instant
key: [post_id, native_metric, checked_at]
missing: difference is null where the list was not read to its end, or the counter moved meanwhile
columns:
  post_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  native_metric: the platform's own name
  checked_at: the server's clock, UTC
  displayed: what the counter showed
  listed: how many members the list had
  is_complete: whether the two can be compared
  difference: displayed less listed; below zero the counter has lost something
checks:
  - post_id is not null and platform is not null and checked_at is not null
  - (difference is null) = (not is_complete)
*/
with

readings as (
    select * from staging.stg_mastodon__counter_checks
    union all
    select * from staging.stg_bluesky__counter_checks
)

select
    post_id,
    lower(split_part(post_id, ':', 1)) as platform,
    native_metric,
    observed_at as checked_at,
    displayed,
    listed,
    is_complete,
    case when is_complete then displayed - listed end as difference
from readings
qualify row_number() over (
    partition by post_id, native_metric, observed_at
    order by is_complete desc, ingested_at desc, displayed asc, listed asc
) = 1
