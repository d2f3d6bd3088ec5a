/*
title: Values of the KPIs with their intervals, before the verdict rule, however they were estimated
grain: one row per KPI, variant, unit, platform and period that was estimated
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
missing: what nothing was measured of has no row; low and high are null where no interval can be given honestly,
    and value where only bounds can
columns:
  goal_id: goal
  kpi_id: KPI
  variant: kind of sample of a survey, or another way of telling the KPI; else null
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  grain: study, month, week or day; only the organisation's row of the study period gets a verdict
  period_start: first day, local
  period_end: last day, local
  value: the KPI, in its unit
  low: lower end of the region of uncertainty, in the value's unit
  high: upper end
  interval_kind: what low and high are, e.g. census, bounds, wilson, cluster_bootstrap, or none (docs/kpis.md)
  n: observations
  clusters: clusters that were resampled; null elsewhere
  numerator: sum above the line; null where there is none
  denominator: sum below the line; null where there is none
  failing: reason codes that the estimator itself found
  evidence_grade: A to D; null where kpi.kpi_completeness says it
checks:
  - coalesce(low <= value, true) and coalesce(value <= high, true) and coalesce(low <= high, true)
  - n >= 0
  - grain in ('study', 'month', 'week', 'day')
  - period_start <= period_end
  - failing is not null
*/
select
    goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end, value, low, high, interval_kind, n,
    clusters, numerator, denominator, failing, evidence_grade
from kpi.kpi_cell_estimates
union all
select
    goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end, value, low, high, interval_kind, n,
    clusters, numerator, denominator, failing, evidence_grade
from kpi.kpi_reach_estimates
union all
select
    goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end, value, low, high, interval_kind, n,
    clusters, numerator, denominator, failing, evidence_grade
from kpi.kpi_response_estimates
union all
select
    goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end, value, low, high, interval_kind, n,
    clusters, numerator, denominator, failing, evidence_grade
from kpi.kpi_survey_estimates
union all
select
    goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end, value, low, high, interval_kind, n,
    clusters, numerator, denominator, failing, evidence_grade
from kpi.kpi_causal_estimates
