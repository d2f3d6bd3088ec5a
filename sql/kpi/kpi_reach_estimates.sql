/*
title: P2, the share of the inhabitants reached, as bounds
goal: prevention
grain: one row per KPI, unit or organisation, and month or study period
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
missing: >-
  low and high are null, and interval_kind is none, where some unit-month has no upper bound; months in which a unit was
  not active have no row
columns:
  goal_id: goal
  kpi_id: KPI
  variant: always null
  unit_id: unit; null for the whole organisation
  platform: always null; people are bounded over all platforms with unique figures together
  grain: month or study
  period_start: first day, local
  period_end: last counted day, local
  value: >-
    the lower bound: at least so large a share was reached. Nothing inside the bounds is likelier than anything else, so
    no midpoint is given (docs/decisions/0010)
  low: the same; over several unit-months the mean of their shares
  high: the upper bound; over several unit-months the mean of their shares
  interval_kind: bounds, or none
  n: unit-months
  clusters: always null
  numerator: always null; numbers of people of several unit-months are not added up
  denominator: always null
  failing: always empty
  evidence_grade: null; kpi.kpi_completeness says it
checks:
  - low is null or (low <= value and value <= high)
  - n > 0
*/
with

shares as (
    select
        goal_id,
        kpi_id,
        unit_id,
        period_start,
        period_end,
        cast(low / population as decimal(38, 12)) as low,
        cast(high / population as decimal(38, 12)) as high
    from kpi.kpi_unit_reach_bounds
),

means as (
    select
        goal_id,
        kpi_id,
        unit_id,
        period_start as month_start,
        max(period_end) as period_end,
        count(*) as n,
        cast(sum(low) as double) / count(*) as low,
        case when count(high) = count(*) then cast(sum(high) as double) / count(*) end as high
    from shares
    group by grouping sets (
        (goal_id, kpi_id, unit_id, period_start), (goal_id, kpi_id, period_start), (goal_id, kpi_id, unit_id),
        (goal_id, kpi_id)
    )
)

select
    means.goal_id,
    means.kpi_id,
    cast(null as varchar) as variant,
    means.unit_id,
    cast(null as varchar) as platform,
    case when means.month_start is null then 'study' else 'month' end as grain,
    coalesce(means.month_start, registry.period_start) as period_start,
    case when means.month_start is null then registry.counted_to else means.period_end end as period_end,
    means.low as value,
    case when means.high is not null then means.low end as low,
    means.high,
    case when means.high is null then 'none' else 'bounds' end as interval_kind,
    means.n,
    cast(null as bigint) as clusters,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast([] as varchar[]) as failing,
    cast(null as varchar) as evidence_grade
from means
inner join kpi.kpi_registry as registry on means.goal_id = registry.goal_id and means.kpi_id = registry.kpi_id
