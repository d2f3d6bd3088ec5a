/*
title: KPIs per week, month and study period, for the organisation, its units and its platforms
grain: one row per KPI, goal, variant, unit or platform or neither, grain and finished period inside the study period
key: [kpi_id, goal_id, variant, unit_id, platform, grain, period_start]
missing: value, low, high and n are null where state is missing (nothing was read, or nothing was due) or suppressed,
    value also where it is bounded; low and high also where no honest interval exists
columns:
  kpi_id: KPI as named in goals.yaml
  goal_id: goal, or the guardrail's own id
  variant: kind of sample of a survey, or another way of telling the KPI; null for every other KPI
  unit_id: unit that holds in the period; null for the whole organisation
  platform: platform; null for all of them
  grain: week (ISO, Monday to Sunday), month or study
  period_start: first day, local
  period_end: last day, local
  value: the KPI, in the unit docs/kpis.md gives; no verdict is drawn from a part
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  interval_kind: what low and high are, e.g. census, wilson, cluster_bootstrap, or none (docs/kpis.md)
  n: observations
  state: measured; bounded, where only low or high can be given; missing or suppressed
  reasons: reason codes joined by commas, explained in docs/kpis.md; empty when there are none
checks:
  - (value is null) = (state <> 'measured')
  - state in ('measured', 'bounded', 'missing', 'suppressed')
  - state in ('measured', 'bounded') or reasons <> ''
*/
select
    kpi_id,
    goal_id,
    variant,
    unit_id,
    platform,
    grain,
    period_start,
    period_end,
    value,
    low,
    high,
    interval_kind,
    n,
    state,
    array_to_string(reasons, ',') as reasons
from kpi.kpi_scope_results
where grain <> 'day'
order by kpi_id, goal_id, variant, grain, period_start, unit_id, platform
