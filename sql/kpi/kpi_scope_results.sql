/*
title: The KPIs for the organisation, units and platforms, in each period, as they may be shown
grain: one row per KPI, variant, unit or platform or neither, and period that the KPI is told for or was estimated for
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
missing: value, low, high and n are null where state says why; what was not read is missing, not zero, and has its row
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: as in kpi.kpi_registry
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  grain: day, week, month or study
  period_start: first day, local
  period_end: last day, local
  value: the KPI, in its unit
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  interval_kind: what low and high are
  n: observations
  state: measured; bounded, where only low or high can be given; missing or suppressed
  reasons: reason codes of what stands in the way of relying on it, sorted
checks:
  - (value is null) = (state <> 'measured')
  - state in ('measured', 'bounded') or len(reasons) > 0
  - coalesce(low <= value, true) and coalesce(value <= high, true) and coalesce(low <= high, true)
*/
with

scopes as (
    select goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end
    from kpi.kpi_scopes
    union all
    select goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end
    from kpi.kpi_estimates
    union all
    select
        goal_id, kpi_id, variant, cast(null as varchar) as unit_id, cast(null as varchar) as platform,
        'study' as grain, period_start, period_end
    from kpi.kpi_registry
),

told as (
    select goal_id, kpi_id, variant, unit_id, platform, grain, period_start, max(period_end) as period_end
    from scopes
    group by all
),

joined as (
    select
        told.*,
        estimates.value,
        estimates.low,
        estimates.high,
        estimates.interval_kind,
        estimates.n,
        -- the whole of it is held against the preconditions; a part has fewer of them
        case when told.grain = 'study' and told.unit_id is null and told.platform is null then preconditions.failing end
            as failing,
        coalesce(estimates.failing, cast([] as varchar[])) as found_failing,
        estimates.n < registry.min_n as is_small,
        date_diff('day', told.period_end, cast(run.as_of at time zone run.timezone as date)) > run.settle_days
            as is_settled,
        case
            when told.grain = 'study' and told.unit_id is null and told.platform is null
                then preconditions.is_suppressed
            else registry.is_sensitive
        end as is_suppressed
    from told
    cross join config.run
    inner join kpi.kpi_registry as registry
        on
            told.goal_id = registry.goal_id
            and told.kpi_id = registry.kpi_id
            and told.variant is not distinct from registry.variant
    inner join kpi.kpi_preconditions as preconditions
        on
            told.goal_id = preconditions.goal_id
            and told.kpi_id = preconditions.kpi_id
            and told.variant is not distinct from preconditions.variant
    left join kpi.kpi_estimates as estimates
        on
            told.goal_id = estimates.goal_id
            and told.kpi_id = estimates.kpi_id
            and told.variant is not distinct from estimates.variant
            and told.unit_id is not distinct from estimates.unit_id
            and told.platform is not distinct from estimates.platform
            and told.grain = estimates.grain
            and told.period_start = estimates.period_start
)

select
    goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end,
    case when not is_suppressed then value end as value,
    case when not is_suppressed then low end as low,
    case when not is_suppressed then high end as high,
    interval_kind,
    case when not is_suppressed then n end as n,
    case
        when is_suppressed then 'suppressed'
        when value is not null then 'measured'
        when low is not null or high is not null then 'bounded'
        else 'missing'
    end as state,
    coalesce(
        failing,
        list_sort(list_distinct(list_concat(
            found_failing,
            list_filter(
                [
                    case when coalesce(value, low, high) is null then 'missing_data' end,
                    case when is_small then 'small_n' end,
                    case when not is_settled then 'not_settled' end, case when is_suppressed then 'suppressed' end
                ],
                lambda reason: reason is not null
            )
        )))
    ) as reasons
from joined
