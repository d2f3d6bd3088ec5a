/*
title: Every KPI of every goal, with its uncertainty, its target and its verdict
grain: one row per goal, KPI, variant and unit
key: [goal_id, kpi_id, variant, unit_id]
missing: value, low, high and n are null where state is missing or suppressed; low and high also where no honest
    interval exists (grade D); verdict is null only where no target is set
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI as named in goals.yaml
  label_sv: label in Swedish
  label_en: label in English
  is_primary: the goal's verdict depends on it
  unit_id: unit; null for the whole organisation, the only level so far
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
  state: measured, missing or suppressed
  variant: kind of sample of a survey; null for every other KPI
  interval_kind: what low and high are, e.g. census, wilson, cluster_bootstrap, or none (docs/kpis.md)
  is_bridged: part of the value came over a measured bridge between two definitions
checks:
  - (value is null) = (state <> 'measured')
  - state in ('measured', 'missing', 'suppressed')
  - verdict is null or verdict in ('met', 'not_met', 'insufficient_evidence')
  - verdict is not null or contains(reasons, 'no_target')
*/
select
    goal_id,
    kpi_id,
    label_sv,
    label_en,
    is_primary,
    cast(null as varchar) as unit_id,
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
from kpi.kpi_results
order by position, variant
