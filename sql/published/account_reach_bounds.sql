/*
title: Different people reached with an account's posts of a month, as bounds
grain: one row per account of a platform with unique figures and month of the study period in which it published
key: [account_id, month]
missing: >-
  an account of a platform without unique figures has no row (platform_metric says which); low is null where no post's
  reach was read, and high where there is nothing to bound it; the truth lies in between, and a sum of reaches is never
  a number of people
columns:
  account_id: account
  unit_id: unit
  platform: platform
  month: first day of the month the posts were published in
  low: reach of the widest post [accounts, may not be summed]
  high: >-
    the posts' reaches together, or the unit's inhabitants where that is less or where a post was not read [accounts,
    may not be summed]
  posts: posts published in the month
  posts_read: posts whose reach was read
  definition_id: what the platform counted, as in metric_definition
  state: measured, or missing where an end is not known
sums:
  posts: [account_id, month]
  posts_read: [account_id, month]
checks:
  - low is null or high is null or low <= high
  - state in ('measured', 'missing')
*/
select
    account_id,
    unit_id,
    platform,
    month_start as month,
    low,
    high,
    posts,
    posts_read,
    definition_id,
    case when low is null or high is null then 'missing' else 'measured' end as state
from kpi.kpi_account_reach_bounds
where kpi_id is null
order by account_id, month_start
