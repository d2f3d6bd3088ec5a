/*
title: Cells of contacts per 1 000 inhabitants and active unit-month (P1)
goal: prevention
grain: one row per KPI and active unit-month of a unit with a population
key: [goal_id, kpi_id, unit_id, period_start]
missing: an active month in which no reading gave a gain counts as 0 contacts, since nothing was seen to be gained;
    what was not read shows in the completeness
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit
  platform: null, all of the KPI's platforms
  period_start: first counted day of the month
  period_end: last counted day of the month
  cluster_id: unit
  numerator: contacts gained by posts that serve the goal, times the weight with which each does [views; impressions
      where a platform has nothing else]
  numerator_high: the same
  denominator: thousands of inhabitants
checks:
  - denominator > 0
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        platforms
    from kpi.kpi_registry
    where measure = 'views_per_inhabitants'
),

gains as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        gains.unit_id,
        calendar.month_start,
        cast(sum(cast(gains.views * goals.weight as decimal(38, 9))) as double) as views
    from kpi.kpi_view_gains_daily as gains
    inner join marts.fct_post_goal as goals on gains.post_id = goals.post_id
    inner join kpis on goals.goal_id = kpis.goal_id
    inner join seeds.calendar on gains.local_date = calendar.local_date
    inner join kpi.kpi_unit_months as months
        on
            gains.unit_id = months.unit_id
            and gains.local_date between months.period_start and months.period_end
    where coalesce(list_contains(kpis.platforms, gains.platform), gains.platform <> 'youtube')
    group by all
)

select
    kpis.kpi_id,
    kpis.goal_id,
    cast(null as varchar) as variant,
    months.unit_id,
    cast(null as varchar) as platform,
    months.period_start,
    months.period_end,
    months.unit_id as cluster_id,
    coalesce(gains.views, 0) as numerator,
    coalesce(gains.views, 0) as numerator_high,
    cast(months.population as double) / 1000 as denominator
from kpi.kpi_unit_months as months
cross join kpis
left join gains
    on
        kpis.goal_id = gains.goal_id
        and kpis.kpi_id = gains.kpi_id
        and months.unit_id = gains.unit_id
        and months.month_start = gains.month_start
where months.population > 0
