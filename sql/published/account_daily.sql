/*
title: Figures of the accounts per day
grain: one row per account, native metric and date
key: [account_id, native_metric, local_date]
missing: value is null where state says why; uniques (reach) may never be added, neither over days nor over accounts
columns:
  account_id: account
  metric: canonical metric
  local_date: date in the zone that day_zone names
  value: the day's value, in the metric's unit
  state: measured, missing or not_offered
  native_metric: the platform's own name
  day_zone: zone the platform cuts its days in
  net_change: of a level, what it rose (below 0, fell) since the last day with a figure
  change_since: that day; null where there is none before
sums:
  value: [local_date where additive_over_time, account_id where additive_over_posts]
  net_change: [local_date, account_id where additive_over_posts]
checks:
  - (value is null) = (state <> 'measured')
*/
select
    account_id,
    metric,
    local_date,
    value,
    state,
    native_metric,
    day_zone,
    net_change,
    change_since
from marts.fct_account_daily
order by account_id, native_metric, local_date
