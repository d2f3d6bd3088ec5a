/* Of the months or weeks of a goal's KPIs, how many have no figure, and why? Organisation, units and platforms.
   Variable goal: goal. */
select
    kpi_id,
    variant,
    grain,
    count(*) filter (where unit_id is null and platform is null) as periods,
    count(*) filter (where unit_id is null and platform is null and state = 'missing') as periods_missing,
    count(*) filter (where unit_id is not null) as unit_periods,
    count(*) filter (where unit_id is not null and state = 'missing') as unit_periods_missing,
    count(*) filter (where state = 'suppressed') as suppressed
from published.kpi_period
where goal_id = getvariable('goal') and grain in ('week', 'month')
group by kpi_id, variant, grain
order by kpi_id, variant nulls first, grain
