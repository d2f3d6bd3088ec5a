/*
title: The cells each KPI is computed from
grain: one row per goal, KPI, variant and cell
key: [goal_id, kpi_id, variant, cell]
missing: numerator, numerator_high and denominator are null where state is suppressed (cells of KPIs that count tips,
    below the organisation's whole, or where the KPI itself is suppressed); what was not measured has no cell
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  cell: number of the cell within its KPI and variant
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  period_start: first day, local
  period_end: last day, local
  cluster_id: what is drawn together in a resample; null where cells are not resampled
  numerator: above the line
  numerator_high: the most it can be where something was not read; else the numerator
  denominator: below the line
  state: measured or suppressed
sums:
  numerator: [cell]
  numerator_high: [cell]
  denominator: [cell]
checks:
  - (numerator is null) = (state = 'suppressed')
  - state in ('measured', 'suppressed')
*/
with

cells as (
    select
        cells.*,
        registry.position,
        registry.is_sensitive and (
            results.state = 'suppressed' or cells.unit_id is not null or cells.platform is not null
            or cells.period_start > registry.period_start or cells.period_end < registry.counted_to
        ) as is_hidden
    from kpi.kpi_cells as cells
    inner join kpi.kpi_registry as registry
        on
            cells.goal_id = registry.goal_id
            and cells.kpi_id = registry.kpi_id
            and cells.variant is not distinct from registry.variant
    inner join kpi.kpi_results as results
        on
            cells.goal_id = results.goal_id
            and cells.kpi_id = results.kpi_id
            and cells.variant is not distinct from results.variant
)

select
    goal_id,
    kpi_id,
    variant,
    cell,
    unit_id,
    platform,
    period_start,
    period_end,
    cluster_id,
    case when not is_hidden then numerator end as numerator,
    case when not is_hidden then numerator_high end as numerator_high,
    case when not is_hidden then denominator end as denominator,
    case when is_hidden then 'suppressed' else 'measured' end as state
from cells
order by position, variant, cell
