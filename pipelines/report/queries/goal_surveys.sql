/* Which surveys stand behind a goal's KPIs, whom did they ask, and of whom do they speak? Variable goal: goal.
   public: answers below ten are hidden, and their share with them; other shares have three digits. */
select
    kpi_id,
    variant,
    survey_id,
    conducted_from,
    conducted_to,
    question,
    mode,
    frame,
    case when not getvariable('public') then n when n >= 10 then 5 * round(n / 5) end as n,
    case
        when getvariable('public') and n < 10 then null
        when getvariable('public') and value <> 0 then round(value, 2 - cast(floor(log10(abs(value))) as integer))
        else value
    end as value,
    case
        when getvariable('public') and n < 10 then null
        when getvariable('public') and low <> 0 then round(low, 2 - cast(floor(log10(abs(low))) as integer))
        else low
    end as low,
    case
        when getvariable('public') and n < 10 then null
        when getvariable('public') and high <> 0 then round(high, 2 - cast(floor(log10(abs(high))) as integer))
        else high
    end as high,
    case
        when getvariable('public') and n < 10 then 'suppressed' when value is null and low is null then 'missing' else
            'measured'
    end as state,
    evidence_grade,
    speaks_of,
    reasons
from published.survey_result
where goal_id = getvariable('goal')
order by kpi_id, variant
