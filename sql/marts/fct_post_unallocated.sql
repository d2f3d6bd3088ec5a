/*
title: What was added to posts' counters and belongs to no day
grain: one row per post, native metric and pair of readings too far apart
key: [post_id, native_metric, to_at]
incremental: post_id
tail: {by: to_at}
missing: no row where every amount found its day; from_at is null where nobody knows when the post was published
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  metric: canonical metric
  is_counted: the one series of its metric that may be added up
  amount: added in between [may be summed over posts, and over periods that hold the whole of it; not a series_break]
  reason: >-
    before_tracking (first read too late), gap (read too seldom) or series_break (the figures on either side count
    different things, so the amount belongs to no period, and may be below 0)
  from_at: the reading before, or the publication, UTC
  to_at: the reading, UTC
checks:
  - reason in ('before_tracking', 'gap', 'series_break')
  - amount <> 0
*/
select
    intervals.post_id,
    intervals.native_metric,
    intervals.metric,
    coalesce(series.native_metric = intervals.native_metric, false) as is_counted,
    intervals.amount,
    intervals.reason,
    intervals.from_at,
    intervals.to_at
from marts.fct_post_metric_interval as intervals
left join marts.dim_post_series as series
    on intervals.post_id = series.post_id and intervals.metric = series.metric
where intervals.treatment = 'unallocated' and intervals.amount <> 0
