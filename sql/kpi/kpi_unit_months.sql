/*
title: Active unit-months
grain: one row per unit and month of the study period with at least as many own posts as the active rule asks for
key: [unit_id, month_start]
missing: months without own posts are not active and have no row
columns:
  unit_id: leaf unit
  month_start: first day of the month, local
  period_start: first counted day of the month
  period_end: last counted day of the month
  population: inhabitants on the last counted day
  posts: own posts published in the month, deleted later or not
checks:
  - posts > 0 and period_start <= period_end
*/
with

months as (
    select
        calendar.month_start,
        min(calendar.local_date) as period_start,
        max(calendar.local_date) as period_end
    from seeds.calendar
    cross join config.run
    where
        calendar.local_date between run.study_start and run.study_end
        and calendar.ends_at <= run.as_of
    group by all
),

posts as (
    select
        posts.unit_id,
        months.month_start,
        count(*) as posts
    from marts.dim_post as posts
    inner join months on posts.local_date between months.period_start and months.period_end
    group by all
)

select
    units.unit_id,
    months.month_start,
    months.period_start,
    months.period_end,
    units.population,
    posts.posts
from posts
cross join config.run
inner join months on posts.month_start = months.month_start
inner join kpi.kpi_unit_days as units on posts.unit_id = units.unit_id and months.period_end = units.local_date
where posts.posts >= run.active_min_posts
