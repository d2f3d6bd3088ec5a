/*
title: T1 in the shape of all estimates
goal: tips
grain: one row per causal KPI that was estimated, or said why it was not
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
missing: value, low and high are null where no design could estimate it; failing then says why
columns:
  goal_id: goal
  kpi_id: KPI
  variant: always null
  unit_id: always null, the whole organisation
  platform: always null, all of them
  grain: always study
  period_start: first day of the study period, local
  period_end: last finished day of it
  value: tips / expected tips over the whole organisation (RR_nat)
  low: lower end of the region of uncertainty
  high: upper end
  interval_kind: jackknife, permutation, hac or none
  n: tips of the study period
  clusters: units
  numerator: tips of the study period
  denominator: tips expected without presence
  failing: reason codes of the checks that failed
  evidence_grade: B for a causal design with controls, C for an interrupted time series
checks:
  - low is null or (low <= value and value <= high)
  - n >= 0
*/
with

effects as (
    select
        goal_id,
        kpi_id,
        max(value) filter (where measure = 'rr_nat') as value,
        max(low) filter (where measure = 'rr_nat') as low,
        max(high) filter (where measure = 'rr_nat') as high,
        max(interval_kind) filter (where measure = 'rr_nat') as interval_kind,
        max(value) filter (where measure = 'observed_tips') as observed,
        max(value) filter (where measure = 'expected_tips') as expected,
        max(units) as units,
        max(failing) as failing,
        max(evidence_grade) as evidence_grade
    from kpi.kpi_causal_effects
    group by all
)

select
    effects.goal_id,
    effects.kpi_id,
    cast(null as varchar) as variant,
    cast(null as varchar) as unit_id,
    cast(null as varchar) as platform,
    'study' as grain,
    registry.period_start,
    registry.counted_to as period_end,
    effects.value,
    effects.low,
    effects.high,
    case when effects.value is not null then effects.interval_kind end as interval_kind,
    cast(effects.observed as bigint) as n,
    effects.units as clusters,
    effects.observed as numerator,
    effects.expected as denominator,
    effects.failing,
    effects.evidence_grade
from effects
inner join kpi.kpi_registry as registry
    on effects.goal_id = registry.goal_id and effects.kpi_id = registry.kpi_id
