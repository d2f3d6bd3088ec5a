/*
title: Share of a unit's inhabitants reached in a month with a goal's posts, as bounds (P2)
grain: one row per KPI of unique reach and active unit-month
key: [goal_id, kpi_id, unit_id, month_start]
missing: >-
  both ends are 0 where the unit published nothing for the goal on a platform with unique figures: nobody can have been
  reached; high is null where neither the posts nor the inhabitants bound it
columns:
  goal_id: goal
  kpi_id: KPI
  unit_id: unit
  month_start: first day of the month, local
  period_start: first counted day of the month
  period_end: last counted day of the month
  population: inhabitants on the last counted day
  posts: posts for the goal on platforms with unique figures [count]
  posts_read: of those, posts whose reach was read [count]
  low: the widest account's lower bound [accounts]
  high: the accounts' upper bounds together, or the inhabitants where that is less [accounts]
checks:
  - high is null or low <= high
  - population > 0
*/
with

accounts as (
    select
        goal_id,
        kpi_id,
        unit_id,
        month_start,
        cast(sum(posts) as bigint) as posts,
        cast(sum(posts_read) as bigint) as posts_read,
        max(low) as low,
        case when count(high) = count(*) then cast(sum(cast(high as decimal(38, 9))) as double) end as high
    from kpi.kpi_account_reach_bounds
    where kpi_id is not null
    group by goal_id, kpi_id, unit_id, month_start
)

select
    kpis.goal_id,
    kpis.kpi_id,
    months.unit_id,
    months.month_start,
    months.period_start,
    months.period_end,
    months.population,
    coalesce(accounts.posts, 0) as posts,
    coalesce(accounts.posts_read, 0) as posts_read,
    coalesce(accounts.low, 0) as low,
    case
        when accounts.unit_id is null then 0
        -- a cap holds only where no account alone exceeds it; least() passes over a null
        else least(accounts.high, case when months.population >= coalesce(accounts.low, 0) then months.population end)
    end as high
from kpi.kpi_unit_months as months
inner join kpi.kpi_registry as kpis on kpis.measure = 'unique_reach'
left join accounts
    on
        kpis.goal_id = accounts.goal_id
        and kpis.kpi_id = accounts.kpi_id
        and months.unit_id = accounts.unit_id
        and months.month_start = accounts.month_start
where months.population > 0
