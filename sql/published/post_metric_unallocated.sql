/*
title: What posts gained without it being known on which day
grain: one row per post, metric and stretch of time without readings close enough
key: [post_id, metric, from_at, to_at]
missing: a post without such a stretch has no row
columns:
  post_id: post
  metric: canonical metric
  amount: increase over the stretch; that of a series_break counts something else and is not summed with the others
  reason: >-
    before_tracking (the first reading came late), gap (readings too far apart) or series_break (the platform began to
    count something else in between; the amount belongs to no period)
  from_at: start of the stretch, UTC; null where nobody knows when the post was published
  to_at: end of the stretch, UTC
  native_metric: the platform's own name
sums:
  amount: [post_id, from_at, to_at]
checks:
  - amount is not null and to_at is not null and coalesce(from_at, to_at) <= to_at
*/
select
    post_id,
    metric,
    amount,
    reason,
    from_at,
    to_at,
    native_metric
from marts.fct_post_unallocated
where is_counted
order by post_id, metric, from_at
