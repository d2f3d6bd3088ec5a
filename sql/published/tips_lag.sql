/*
title: How long after an appeal its tips come
grain: one row per measure
key: [measure]
missing: value, low and high are null with reason small_n where fewer than 30 tips came by a link
columns:
  measure: p50_hours, p80_hours, p95_hours (hours within which that share of an appeal's tips has come), median_hours
      (the same as p50_hours), sigma (of the lognormal law) or tips (that the law was fitted on)
  value: the measure
  low: lower end of its interval
  high: upper end of its interval
  reason: reason code where there is no law; else null
checks:
  - (value is null) = (reason is not null)
*/
select
    measure,
    value,
    low,
    high,
    reason
from kpi.kpi_tip_lag
order by measure
