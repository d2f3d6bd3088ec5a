/*
title: Every KPI of every goal, with its uncertainty, its target and its verdict
grain: one row per goal, KPI, variant and unit
key: [goal_id, kpi_id, variant, unit_id]
missing: value, low, high and n are null where state is missing or suppressed, value also where it is bounded; low
    and high also where no honest interval exists (grade D); verdict is null only where no target is set, and
    for units, whose completeness is null too
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI as named in goals.yaml
  label_sv: label in Swedish
  label_en: label in English
  is_primary: the goal's verdict depends on it
  unit_id: unit, which is shown without a verdict; null for the whole organisation
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  as_of: instant the figures stand for, UTC
  value: the KPI, in the unit docs/kpis.md gives; provisional while reasons say not_settled
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  target_op: more is better (>=) or less is better (<=)
  target_value: target, in the KPI's unit
  verdict: met, not_met or insufficient_evidence
  reasons: reason codes joined by commas, explained in docs/kpis.md; empty when there are none
  evidence_grade: A complete log or census, B probability sample or causal design, C calibrated or modelled, D
      self-selected
  completeness: share of what was due that was read [0-1]
  n: observations
  state: measured; bounded, where only low and high can be given; missing or suppressed
  variant: kind of sample of a survey; null for every other KPI
  interval_kind: what low and high are, e.g. census, wilson, cluster_bootstrap, or none (docs/kpis.md)
  is_bridged: part of the value came over a measured bridge between two definitions
checks:
  - (value is null) = (state <> 'measured')
  - state in ('measured', 'bounded', 'missing', 'suppressed')
  - verdict is null or verdict in ('met', 'not_met', 'insufficient_evidence')
  - verdict is not null or contains(reasons, 'no_target')
*/
with

cards as (
    select
        *,
        cast(null as varchar) as unit_id
    from kpi.kpi_results
    union all by name
    select
        units.goal_id,
        units.kpi_id,
        units.variant,
        units.unit_id,
        results.position,
        results.label_sv,
        results.label_en,
        results.is_primary,
        units.period_start,
        units.period_end,
        results.as_of,
        units.value,
        units.low,
        units.high,
        units.interval_kind,
        list_sort(list_append(units.reasons, 'no_target')) as reasons,
        results.evidence_grade,
        units.n,
        units.state,
        results.is_bridged
    from kpi.kpi_scope_results as units
    inner join kpi.kpi_results as results
        on
            units.goal_id = results.goal_id
            and units.kpi_id = results.kpi_id
            and units.variant is not distinct from results.variant
    where units.grain = 'study' and units.unit_id is not null and units.platform is null
)

select
    goal_id,
    kpi_id,
    label_sv,
    label_en,
    is_primary,
    unit_id,
    period_start,
    period_end,
    as_of,
    value,
    low,
    high,
    target_op,
    target_value,
    verdict,
    array_to_string(reasons, ',') as reasons,
    evidence_grade,
    completeness,
    n,
    state,
    variant,
    interval_kind,
    is_bridged
from cards
order by position, variant, unit_id nulls first
