/*
title: What each post gained per day
grain: one row per post, metric and local date that a pair of readings covers
key: [post_id, metric, local_date]
incremental: post_id
tail: {by: local_date}
missing: a day that no pair of readings covers has no row; what belongs to no day stands in post_metric_unallocated
columns:
  post_id: post
  metric: canonical metric; of several native ones, the one that was read most
  local_date: calendar date in the organisation's zone
  gain: increase, split over days by elapsed time
  correction: decrease seen on the day, negative or 0
  is_imputed: part of it was spread over a gap between readings longer than the method's 48 hours
  native_metric: the platform's own name
  is_incomplete: the day was not over at the last reading; more may be added to it
sums:
  gain: [local_date, post_id]
  correction: [local_date, post_id]
checks:
  - gain >= 0 and correction <= 0
*/
select
    post_id,
    metric,
    local_date,
    coalesce(gain, 0) as gain,
    coalesce(correction, 0) as correction,
    is_imputed,
    native_metric,
    is_incomplete
from marts.fct_post_daily
where is_counted
