/*
title: The cells of all KPIs, of one shape
grain: one row per KPI, variant and cell; what a cell is stands with the model it comes from
key: [goal_id, kpi_id, variant, cell]
missing: what was not measured has no cell
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null so far
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  period_start: first day, local
  period_end: last day, local
  cluster_id: what is drawn together in a resample; null where cells are not resampled
  numerator: above the line
  numerator_high: the most it can be where something was not read; else the numerator
  denominator: below the line
  cell: number of the cell within its KPI and variant
checks:
  - numerator <= numerator_high
*/
with

cells as (
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_unit_cells
    union all
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_engagement_ratio_cells
    union all
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_advice_visits_cells
    union all
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_answered_cells
    union all
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_tips_cells
    union all
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_coverage_cells
    union all
    select
        kpi_id, goal_id, variant, unit_id, platform, period_start, period_end, cluster_id,
        numerator, numerator_high, denominator
    from kpi.kpi_capture_cells
)

select
    kpi_id,
    goal_id,
    variant,
    unit_id,
    platform,
    period_start,
    period_end,
    cluster_id,
    numerator,
    numerator_high,
    denominator,
    row_number() over (
        partition by goal_id, kpi_id, variant
        order by cluster_id, unit_id, platform, period_start, numerator, denominator
    ) as cell
from cells
