/* Which units lie outside what chance alone does to units of their size? Worth a question, no ranking. Variable goal:
   goal. public: no unit with fewer than ten observations, and observations to the nearest five. */
select
    kpi_id,
    variant,
    unit_id,
    value,
    case when getvariable('public') then 5 * round(n / 5) else n end as n,
    centre,
    low_95,
    high_95,
    low_998,
    high_998,
    position,
    phi
from published.kpi_unit_funnel
where goal_id = getvariable('goal') and (not getvariable('public') or n >= 10)
order by kpi_id asc, variant asc nulls first, unit_id asc
