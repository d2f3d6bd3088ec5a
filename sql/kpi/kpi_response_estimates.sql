/*
title: Median response times (A3) in the shape of all estimates
goal: accessibility
grain: one row per KPI, variant, unit, platform and period with a question
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
missing: value is null where half were never seen to be answered (median_not_reached); high where the band does not come
    down to a half
columns:
  goal_id: goal
  kpi_id: KPI
  variant: clock, all minutes; business, those of the opening hours
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  grain: study or month
  period_start: first day on which the questions were asked, local
  period_end: last day, local
  value: median minutes to an answer, open questions censored [min]
  low: lower end of its interval [min]
  high: upper end [min]
  interval_kind: km_loglog
  n: questions, open ones included
  clusters: always null
  numerator: questions answered
  denominator: questions
  failing: median_not_reached where the median has neither a value nor a lower end
  evidence_grade: null; kpi.kpi_completeness says it
checks:
  - coalesce(low <= value, true) and coalesce(value <= high, true)
*/
select
    goal_id,
    kpi_id,
    variant,
    unit_id,
    platform,
    grain,
    period_start,
    period_end,
    p50 as value,
    p50_low as low,
    p50_high as high,
    'km_loglog' as interval_kind,
    n,
    cast(null as bigint) as clusters,
    cast(answered as double) as numerator,
    cast(n as double) as denominator,
    case when p50 is null and p50_low is null then ['median_not_reached'] else cast([] as varchar[]) end as failing,
    cast(null as varchar) as evidence_grade
from kpi.kpi_response_times
