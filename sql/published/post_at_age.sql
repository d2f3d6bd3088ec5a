/*
title: What posts had at one fixed age, so that a young post compares with an old one
grain: one row per post and canonical metric of which it has a counted series
key: [post_id, metric]
incremental: post_id
missing: value is null where state is missing (the post is not that old yet, or the readings around that age lie too far
    apart or count different things)
columns:
  post_id: post, platform:native id
  metric: canonical metric; of several native ones, the one that was read most
  native_metric: the platform's own name
  age_hours: the age, hours after publication
  value: the figure at that age, between the two readings around it, to a tenth [in the metric's unit]
  state: measured or missing
sums:
  value: [post_id where additive_over_posts]
checks:
  - (value is null) = (state <> 'measured')
  - age_hours > 0
*/
select
    post_id,
    metric,
    native_metric,
    age_hours,
    round(value, 1) as value,
    case when value is null then 'missing' else 'measured' end as state
from marts.fct_post_value_at_age
where is_counted
order by post_id, metric
