/* How did a goal's KPIs go, month by month or week by week, for the organisation, each unit and each platform? Each KPI
   by month where it is told by month, else by week. Months without a figure are rows with a state. Variable goal:
   goal. scope: organisation, unit or platform. public: of
   questions and answers nothing below ten, counts to the nearest five, shares and times to three digits. */
with

finest as (
    select
        goal_id,
        kpi_id,
        variant,
        case when bool_or(grain = 'month') then 'month' else 'week' end as grain
    from published.kpi_period
    where grain in ('week', 'month')
    group by goal_id, kpi_id, variant
),

periods as (
    select
        periods.*,
        basis.measure in ('answered_in_time', 'km_median', 'survey_share') and getvariable('public') as is_guarded
    from published.kpi_period as periods
    inner join finest
        on
            periods.goal_id = finest.goal_id
            and periods.kpi_id = finest.kpi_id
            and periods.variant is not distinct from finest.variant
            and periods.grain = finest.grain
    left join published.kpi_basis as basis
        on
            periods.goal_id = basis.goal_id
            and periods.kpi_id = basis.kpi_id
            and periods.variant is not distinct from basis.variant
    where
        periods.goal_id = getvariable('goal')
        and case
            when periods.unit_id is not null then 'unit'
            when periods.platform is not null then 'platform'
            else 'organisation'
        end = getvariable('scope')
)

select
    kpi_id,
    variant,
    unit_id,
    platform,
    grain,
    period_start,
    period_end,
    case
        when is_guarded and n < 10 then null
        when is_guarded and value <> 0 then round(value, 2 - cast(floor(log10(abs(value))) as integer))
        else value
    end as value,
    case
        when is_guarded and n < 10 then null
        when is_guarded and low <> 0 then round(low, 2 - cast(floor(log10(abs(low))) as integer))
        else low
    end as low,
    case
        when is_guarded and n < 10 then null
        when is_guarded and high <> 0 then round(high, 2 - cast(floor(log10(abs(high))) as integer))
        else high
    end as high,
    interval_kind,
    case when is_guarded and n < 10 then null when is_guarded then 5 * round(n / 5) else n end as n,
    case when is_guarded and n < 10 then 'suppressed' else state end as state,
    reasons
from periods
order by kpi_id asc, variant asc nulls first, unit_id asc, platform asc, period_start asc
