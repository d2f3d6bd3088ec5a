/*
title: The cells of the KPIs that are known unit by unit (A1, I2, P1), of one shape
grain: one row per KPI, unit and span of days; the span stands with the model the cell comes from
key: [goal_id, kpi_id, unit_id, period_start]
missing: what was not measured has no cell
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit
  platform: null, all of them
  period_start: first day, local
  period_end: last day, local
  cluster_id: the unit, whose cells are drawn together in a resample
  numerator: above the line
  numerator_high: the most it can be where something was not read; else the numerator
  denominator: below the line
checks:
  - numerator <= numerator_high
*/
select
    kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
    numerator, numerator_high, denominator
from kpi.kpi_population_covered_cells
union all
select
    kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
    numerator, numerator_high, denominator
from kpi.kpi_active_weeks_cells
union all
select
    kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
    numerator, numerator_high, denominator
from kpi.kpi_views_per_inhabitants_cells
