/* How did the KPIs that decide go over the period, for the whole organisation? Each by month where it is told by month,
   else by week. */
with

finest as (
    select goal_id, kpi_id, variant, case when bool_or(grain = 'month') then 'month' else 'week' end as grain
    from published.kpi_period
    where grain in ('week', 'month') and unit_id is null and platform is null
    group by goal_id, kpi_id, variant
)

select
    periods.goal_id,
    periods.kpi_id,
    periods.variant,
    periods.grain,
    periods.period_start,
    periods.period_end,
    periods.value,
    periods.low,
    periods.high,
    periods.state,
    periods.reasons
from published.kpi_period as periods
inner join finest
    on
        periods.goal_id = finest.goal_id
        and periods.kpi_id = finest.kpi_id
        and periods.variant is not distinct from finest.variant
        and periods.grain = finest.grain
where periods.unit_id is null and periods.platform is null
order by periods.goal_id, periods.kpi_id, periods.variant nulls first, periods.period_start
