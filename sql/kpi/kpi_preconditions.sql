/*
title: What each KPI came to, and what stands in the way of a verdict
grain: one row per KPI and variant
key: [goal_id, kpi_id, variant]
missing: value, low, high and n are null where nothing was measured; small counts are still here, so not for readers
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  value: the KPI, in its unit
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  n: observations
  interval_kind: what low and high are, e.g. census, wilson, cluster_bootstrap, or none (docs/kpis.md)
  evidence_grade: A to D, the estimator's own before that of kpi.kpi_completeness
  completeness: share of what was due that was read [0-1]
  is_bridged: part of the value came over a measured bridge
  is_suppressed: it rests on a small count of tips
  failing: reason codes of the preconditions that fail (METHOD section 4.1), the estimator's own among them, sorted
checks:
  - not is_suppressed or list_contains(failing, 'suppressed')
*/
with

joined as (
    select
        registry.goal_id,
        registry.kpi_id,
        registry.variant,
        registry.measure is not null as is_computed,
        registry.is_settled,
        registry.min_n,
        registry.min_evidence,
        estimates.value,
        estimates.low,
        estimates.high,
        estimates.n,
        estimates.interval_kind,
        estimates.failing,
        coalesce(estimates.evidence_grade, completeness.evidence_grade) as evidence_grade,
        completeness.completeness,
        coalesce(completeness.is_bridged, false) as is_bridged,
        completeness.has_break,
        run.min_completeness,
        -- a small count of tips, or of tips left over, may not be shown, nor what is built on it (METHOD section 7);
        -- three is the lowest that any disclosure rule in use goes
        coalesce(
            registry.is_sensitive
            and (
                estimates.numerator < greatest(run.min_cell, 3)
                or (
                    registry.measure in ('useful_tips', 'capture_rate')
                    and estimates.denominator > estimates.numerator
                    and estimates.denominator - estimates.numerator < greatest(run.min_cell, 3)
                )
            ),
            false
        ) as is_suppressed
    from kpi.kpi_registry as registry
    cross join config.run
    left join kpi.kpi_estimates as estimates
        on
            registry.goal_id = estimates.goal_id
            and registry.kpi_id = estimates.kpi_id
            and registry.variant is not distinct from estimates.variant
            and estimates.grain = 'study'
            and estimates.unit_id is null
            and estimates.platform is null
    left join kpi.kpi_completeness as completeness
        on
            registry.goal_id = completeness.goal_id
            and registry.kpi_id = completeness.kpi_id
            and registry.variant is not distinct from completeness.variant
),

tested as (
    select
        *,
        -- an estimator that says itself why it has no value need not be told that it has none
        (coalesce(value, low, high) is null and coalesce(array_length(failing), 0) = 0)
        or coalesce(completeness < min_completeness, true) as is_incomplete,
        n < min_n or (value is not null and low is null and interval_kind <> 'none') as is_small,
        coalesce(evidence_grade, 'E') > min_evidence or interval_kind = 'none' as is_weak
    from joined
)

select
    goal_id,
    kpi_id,
    variant,
    value,
    low,
    high,
    n,
    interval_kind,
    evidence_grade,
    completeness,
    is_bridged,
    is_suppressed,
    list_sort(
        list_distinct(
            list_filter(
                list_concat(
                    coalesce(failing, cast([] as varchar[])),
                    [
                        case when not is_computed then 'not_computed' end,
                        case when not is_settled then 'not_settled' end,
                        case when is_computed and is_incomplete then 'missing_data' end,
                        case when is_small then 'small_n' end,
                        case when has_break then 'series_break' end,
                        case when is_computed and is_weak then 'evidence_grade' end,
                        case when is_suppressed then 'suppressed' end
                    ]
                ),
                lambda reason: reason is not null
            )
        )
    ) as failing
from tested
