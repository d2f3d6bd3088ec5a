/*
title: What presence adds to tips, of the first causal KPI of goals.yaml
goal: tips
grain: one row per measure
key: [measure]
missing: value is null where it cannot be estimated, low and high where it has no interval
columns:
  measure: rr_att, rr_nat, incremental_tips and others, see sql/seeds/tips_effect.csv
  value: the measure
  low: lower end of its interval
  high: upper end of its interval
  goal_id: goal
  kpi_id: KPI
  design: staggered_adoption, or the fallback that stood in for it
  interval_kind: jackknife, permutation, hac or none
  failing: reason codes of the checks that failed
  evidence_grade: B or C
checks:
  - low is null or low <= high
*/
with

first_kpi as (
    select
        min_by(goal_id, position) as goal_id,
        min_by(kpi_id, position) as kpi_id
    from kpi.kpi_registry
    where measure = 'tips_rate_ratio'
)

select
    effects.measure,
    effects.value,
    effects.low,
    effects.high,
    effects.goal_id,
    effects.kpi_id,
    effects.design,
    effects.interval_kind,
    effects.failing,
    effects.evidence_grade
from kpi.kpi_causal_effects as effects
inner join first_kpi on effects.goal_id = first_kpi.goal_id and effects.kpi_id = first_kpi.kpi_id
