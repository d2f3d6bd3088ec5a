/*
title: Visits to the advice page per account reached, by short link (P4)
goal: prevention
grain: one row per KPI and short link in posts of its goal whose reach was read
key: [goal_id, kpi_id, cluster_id]
missing: >-
  a link with a post whose reach was not read, or that stands on a platform without unique figures, has no row; without
  a log of visits in the period there are no rows; a link that nobody followed has 0
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit; null where units share the link
  platform: platform; null where platforms share the link
  period_start: day the link was first published, local
  period_end: the same
  cluster_id: the link, so that posts with one link are drawn together
  numerator: visits in the period, times the weight with which the posts serve the goal [count]
  numerator_high: the same
  denominator: reach of the link's posts, times the same weight [accounts]
checks:
  - numerator >= 0 and denominator >= 0
*/
with

kpis as (
    select goal_id, kpi_id, platforms, period_start, counted_to
    from kpi.kpi_registry
    where measure = 'advice_visits'
),

reaches as (
    select post_id, reach
    from marts.fct_post_reach
    qualify row_number() over (partition by post_id order by read_at desc, definition_id desc) = 1
),

links as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        posts.ref_code,
        min(posts.local_date) as published_date,
        case when min(posts.unit_id) = max(posts.unit_id) then min(posts.unit_id) end as unit_id,
        case when min(posts.platform) = max(posts.platform) then min(posts.platform) end as platform,
        cast(sum(cast(goals.weight as decimal(38, 9))) as double) / count(*) as weight,
        cast(sum(cast(reaches.reach * goals.weight as decimal(38, 9))) as double) as reach
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join marts.dim_post as posts on goals.post_id = posts.post_id
    left join reaches on posts.post_id = reaches.post_id
    where
        posts.ref_code is not null
        and posts.local_date between kpis.period_start and kpis.counted_to
        and coalesce(list_contains(kpis.platforms, posts.platform), posts.platform <> 'youtube')
    group by kpis.goal_id, kpis.kpi_id, posts.ref_code
    having count(reaches.reach) = count(*)
),

visits as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        logged.ref_code,
        sum(logged.visits) as visits
    from kpis
    inner join marts.fct_link_visits_daily as logged on logged.local_date between kpis.period_start and kpis.counted_to
    group by kpis.goal_id, kpis.kpi_id, logged.ref_code
),

logs as (
    select distinct goal_id, kpi_id
    from visits
)

select
    links.kpi_id,
    links.goal_id,
    cast(null as varchar) as variant,
    links.unit_id,
    links.platform,
    links.published_date as period_start,
    links.published_date as period_end,
    links.ref_code as cluster_id,
    coalesce(visits.visits, 0) * links.weight as numerator,
    coalesce(visits.visits, 0) * links.weight as numerator_high,
    links.reach as denominator
from links
inner join logs on links.goal_id = logs.goal_id and links.kpi_id = logs.kpi_id
left join visits
    on links.goal_id = visits.goal_id and links.kpi_id = visits.kpi_id and links.ref_code = visits.ref_code
