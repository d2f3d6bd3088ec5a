/* What did a goal's KPIs come to over the study period, in each unit and on each platform? Units by name, never by
   size. Variable goal: goal. public: of questions and answers nothing below ten, counts to the nearest
   five, shares and times to three digits. */
with

parts as (
    select
        parts.*,
        basis.measure in ('answered_in_time', 'km_median', 'survey_share') and getvariable('public') as is_guarded
    from published.kpi_period as parts
    left join published.kpi_basis as basis
        on
            parts.goal_id = basis.goal_id
            and parts.kpi_id = basis.kpi_id
            and parts.variant is not distinct from basis.variant
    where
        parts.goal_id = getvariable('goal')
        and parts.grain = 'study'
        and (parts.unit_id is not null or parts.platform is not null)
)

select
    kpi_id,
    variant,
    unit_id,
    platform,
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
from parts
order by kpi_id asc, variant asc nulls first, platform asc nulls last, unit_id asc
