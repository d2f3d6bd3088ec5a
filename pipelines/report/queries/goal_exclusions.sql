/* What do a goal's KPIs leave out, and how much of it? Variable goal: goal. public: counts below ten are hidden,
   the others told to the nearest five. */
select
    kpi_id,
    what,
    case when not getvariable('public') then excluded when excluded >= 10 then 5 * round(excluded / 5) end as excluded,
    case when getvariable('public') and excluded < 10 then 'suppressed' else state end as state
from published.kpi_exclusion
where goal_id = getvariable('goal')
order by kpi_id, what
