/*
title: The value of each KPI, and whether its target is met
grain: one row per KPI and variant, for the whole organisation
key: [goal_id, kpi_id, variant]
missing: value, low, high and n are null when state says why; verdict is null only without a target (no_target)
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  position: order in goals.yaml
  label_sv: label in Swedish
  label_en: label in English
  is_primary: the goal's verdict depends on it
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  as_of: instant the figures stand for, UTC
  value: the KPI, in its unit
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  interval_kind: what low and high are, e.g. census, wilson, cluster_bootstrap, or none (docs/kpis.md)
  target_op: more is better (>=) or less is better (<=)
  target_value: target, in the KPI's unit
  verdict: met, not_met or insufficient_evidence
  reasons: reason codes, sorted
  evidence_grade: A to D
  completeness: share of what was due that was read [0-1]
  n: observations
  state: measured; bounded, where only low and high can be given; missing or suppressed
  is_bridged: part of the value came over a measured bridge
checks:
  - (value is null) = (state <> 'measured')
  - verdict is null or verdict in ('met', 'not_met', 'insufficient_evidence')
  - verdict is not null or list_contains(reasons, 'no_target')
  - verdict is distinct from 'insufficient_evidence' or len(reasons) > 0
  - coalesce(low <= value, true) and coalesce(value <= high, true) and coalesce(low <= high, true)
*/
with

judged as (
    select
        registry.*,
        preconditions.value,
        preconditions.low,
        preconditions.high,
        preconditions.n,
        preconditions.interval_kind,
        preconditions.evidence_grade,
        preconditions.completeness,
        preconditions.is_bridged,
        preconditions.is_suppressed,
        preconditions.failing,
        case
            when registry.measure is null then 'insufficient_evidence'
            when registry.target_value is null then null
            when array_length(preconditions.failing) > 0 then 'insufficient_evidence'
            when registry.target_op = '>=' and preconditions.low >= registry.target_value then 'met'
            when registry.target_op = '>=' and preconditions.high < registry.target_value then 'not_met'
            when registry.target_op = '<=' and preconditions.high <= registry.target_value then 'met'
            when registry.target_op = '<=' and preconditions.low > registry.target_value then 'not_met'
            else 'insufficient_evidence'
        end as verdict
    from kpi.kpi_registry as registry
    inner join kpi.kpi_preconditions as preconditions
        on
            registry.goal_id = preconditions.goal_id
            and registry.kpi_id = preconditions.kpi_id
            and registry.variant is not distinct from preconditions.variant
)

select
    goal_id,
    kpi_id,
    variant,
    position,
    label_sv,
    label_en,
    is_primary,
    period_start,
    period_end,
    as_of,
    case when not is_suppressed then value end as value,
    case when not is_suppressed then low end as low,
    case when not is_suppressed then high end as high,
    interval_kind,
    target_op,
    target_value,
    verdict,
    list_sort(
        list_concat(
            failing,
            list_filter(
                [
                    case when target_value is null then 'no_target' end,
                    case when is_post_hoc then 'post_hoc_target' end,
                    case when measure = 'km_median' and value is null and low > 0 then 'median_not_reached' end,
                    case
                        when verdict = 'insufficient_evidence' and array_length(failing) = 0
                            then 'target_inside_interval'
                    end
                ],
                lambda reason: reason is not null
            )
        )
    ) as reasons,
    evidence_grade,
    completeness,
    case when not is_suppressed then n end as n,
    case
        when is_suppressed then 'suppressed'
        when value is not null then 'measured'
        when low is not null or high is not null then 'bounded'
        else 'missing'
    end as state,
    is_bridged
from judged
