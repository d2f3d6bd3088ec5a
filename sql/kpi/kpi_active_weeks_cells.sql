/*
title: Cells of the share of active unit-weeks with a post for the goal (I2)
goal: insight
grain: one row per KPI, active unit and finished week that lies within the study period
key: [goal_id, kpi_id, unit_id, period_start]
missing: weeks that reach outside the period are left out; an unread account-day in a week without such a post makes
    the week uncertain (numerator_high 1)
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit, active by the active rule on the week's last day
  platform: null, all of them
  period_start: Monday of the week
  period_end: Sunday of the week
  cluster_id: unit
  numerator: 1 if the unit published a post for the goal that week, else 0
  numerator_high: 1 also where it may have done so unread
  denominator: 1
checks:
  - numerator in (0, 1) and numerator <= numerator_high
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        period_start,
        counted_to
    from kpi.kpi_registry
    where measure = 'active_weeks'
),

weeks as (
    select
        iso_week,
        min(local_date) as monday,
        max(local_date) as sunday
    from seeds.calendar
    group by all
    having date_diff('day', min(local_date), max(local_date)) = 6  -- a whole week has seven days
),

units as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        weeks.monday,
        weeks.sunday,
        activity.unit_id
    from kpis
    inner join weeks on kpis.period_start <= weeks.monday and kpis.counted_to >= weeks.sunday
    inner join kpi.kpi_unit_activity_daily as activity on weeks.sunday = activity.local_date and activity.is_active
),

posts as (
    select
        posts.unit_id,
        goals.goal_id,
        calendar.iso_week,
        count(*) as posts,
        min(posts.local_date) as first_date
    from marts.dim_post as posts
    inner join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    inner join seeds.calendar on posts.local_date = calendar.local_date
    group by all
),

unread as (
    select
        activity.unit_id,
        weeks.monday,
        count(*) as days
    from kpi.kpi_unit_activity_daily as activity
    inner join weeks on activity.local_date between weeks.monday and weeks.sunday
    where activity.accounts_read < activity.accounts_due
    group by all
)

select
    units.kpi_id,
    units.goal_id,
    cast(null as varchar) as variant,
    units.unit_id,
    cast(null as varchar) as platform,
    units.monday as period_start,
    units.sunday as period_end,
    units.unit_id as cluster_id,
    case when posts.posts is not null then cast(1 as double) else cast(0 as double) end as numerator,
    case
        when posts.posts is not null or unread.days is not null then cast(1 as double)
        else cast(0 as double)
    end as numerator_high,
    cast(1 as double) as denominator
from units
left join posts
    on
        units.unit_id = posts.unit_id
        and units.goal_id = posts.goal_id
        and posts.first_date between units.monday and units.sunday
left join unread on units.unit_id = unread.unit_id and units.monday = unread.monday
