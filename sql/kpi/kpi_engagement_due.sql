/*
title: What the ratio KPIs need to know of each post, above and below the line (I1, P3)
grain: one row per KPI, post of its goal published in the period, part and metric, where the platform's catalogue has
    the metric and the KPI's denominator
key: [goal_id, kpi_id, post_id, part, metric]
missing: a metric that the platform does not have is not asked of its posts and has no row
columns:
  goal_id: goal
  kpi_id: KPI
  post_id: post, deleted later or not
  account_id: account
  unit_id: unit
  platform: platform
  local_date: day it was published, local
  weight: part of the post that serves the goal, 0 to 1
  part: numerator (every metric of it is added up) or denominator
  metric: canonical metric
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        platforms,
        period_start,
        counted_to,
        case denominator when 'reach' then 'reach_post' else denominator end as denominator,
        numerators
    from kpi.kpi_registry
    where measure = 'engagement_ratio'
),

catalogue as (
    select
        platform,
        metric
    from kpi.kpi_platform_metrics
),

above as (
    select
        goal_id,
        kpi_id,
        unnest(numerators) as metric
    from kpis
),

parts as (
    select distinct
        goal_id,
        kpi_id,
        -- goals.yaml may say likes for what the catalogue calls reactions
        case metric when 'likes' then 'reactions' else metric end as metric,
        'numerator' as part
    from above
    union all
    select
        goal_id,
        kpi_id,
        denominator as metric,
        'denominator' as part
    from kpis
),

posts as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        posts.post_id,
        posts.account_id,
        posts.unit_id,
        posts.platform,
        posts.local_date,
        goals.weight
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join marts.dim_post as posts on goals.post_id = posts.post_id
    inner join catalogue on posts.platform = catalogue.platform and kpis.denominator = catalogue.metric
    where
        posts.local_date between kpis.period_start and kpis.counted_to
        and coalesce(list_contains(kpis.platforms, posts.platform), posts.platform <> 'youtube')
)

select
    posts.goal_id,
    posts.kpi_id,
    posts.post_id,
    posts.account_id,
    posts.unit_id,
    posts.platform,
    posts.local_date,
    posts.weight,
    parts.part,
    parts.metric
from posts
inner join parts on posts.goal_id = parts.goal_id and posts.kpi_id = parts.kpi_id
inner join catalogue on posts.platform = catalogue.platform and parts.metric = catalogue.metric
