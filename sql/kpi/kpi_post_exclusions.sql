/*
title: Posts and readings that a KPI leaves out, and why
grain: one row per goal, KPI and kind of thing left out
key: [goal_id, kpi_id, what]
missing: a kind of which nothing was left out has no row
columns:
  goal_id: goal
  kpi_id: KPI
  what: posts_without_goal, posts_of_other_goals, posts_outside_period, posts_not_measured, readings_dropped,
      days_without_bridge or account_days_not_read (docs/replay.md)
  excluded: how many
checks:
  - excluded > 0
*/
with

kpis as (
    select distinct
        goal_id,
        kpi_id,
        measure,
        period_start,
        counted_to
    from kpi.kpi_registry
),

of_posts as (
    select *
    from kpis
    where measure in ('views_per_inhabitants', 'engagement_ratio', 'active_weeks', 'documented_tips')
),

served as (
    select
        posts.post_id,
        posts.local_date,
        coalesce(list_sort(list_distinct(array_agg(goals.goal_id) filter (where goals.goal_id is not null))), [])
            as goal_ids
    from marts.dim_post as posts
    left join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    group by all
),

posts as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        case
            when served.local_date between kpis.period_start and kpis.counted_to
                then if(array_length(served.goal_ids) = 0, 'posts_without_goal', 'posts_of_other_goals')
            else 'posts_outside_period'
        end as what
    from of_posts as kpis
    cross join served
    where
        list_contains(served.goal_ids, kpis.goal_id)
        <> (served.local_date between kpis.period_start and kpis.counted_to)
),

unmeasured as (
    select goal_id, kpi_id, 'posts_not_measured' as what
    from kpi.kpi_engagement_posts
    where numerator is null or denominator is null
),

dropped as (
    select kpis.goal_id, kpis.kpi_id, 'readings_dropped' as what
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join marts.fct_post_reading as readings on goals.post_id = readings.post_id
    where
        kpis.measure = 'views_per_inhabitants'
        and readings.metric in ('views', 'impressions')
        and readings.verdict in ('glitch', 'pending', 'later')
),

unbridged as (
    select kpis.goal_id, kpis.kpi_id, 'days_without_bridge' as what
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join kpi.kpi_view_gains_daily as gains on goals.post_id = gains.post_id
    where
        kpis.measure = 'views_per_inhabitants'
        and gains.is_broken
        and gains.local_date between kpis.period_start and kpis.counted_to
),

unread as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        cast(sum(activity.accounts_due - activity.accounts_read) as bigint) as excluded
    from kpis
    inner join kpi.kpi_unit_activity_daily as activity
        on activity.local_date between kpis.period_start and kpis.counted_to
    where kpis.measure in ('population_covered', 'active_weeks')
    group by all
),

every as (
    select * from posts
    union all
    select * from unmeasured
    union all
    select * from dropped
    union all
    select * from unbridged
)

select goal_id, kpi_id, what, count(*) as excluded
from every
group by all
union all
select goal_id, kpi_id, 'account_days_not_read' as what, excluded
from unread
where excluded > 0
