/*
title: Cells of the ratio KPIs (I1, P3)
goal: insight
grain: one row per KPI and post with both its numerator and its denominator read
key: [goal_id, kpi_id, cluster_id, post_id]
missing: posts without either are not here; they lower the completeness
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit
  platform: platform
  period_start: day the post was published, local
  period_end: the same
  cluster_id: account, post or unit, as the KPI's interval says
  numerator: acts, times the weight with which the post serves the goal [count]
  numerator_high: the same
  denominator: reach of the post, times the same weight [accounts]
  post_id: post
checks:
  - numerator is not null and denominator >= 0
*/
select
    posts.kpi_id,
    posts.goal_id,
    cast(null as varchar) as variant,
    posts.unit_id,
    posts.platform,
    posts.local_date as period_start,
    posts.local_date as period_end,
    case registry.interval_rule
        when 'cluster_bootstrap_post' then posts.post_id
        when 'cluster_bootstrap_unit' then posts.unit_id
        else posts.account_id
    end as cluster_id,
    posts.numerator * posts.weight as numerator,
    posts.numerator * posts.weight as numerator_high,
    posts.denominator * posts.weight as denominator,
    posts.post_id
from kpi.kpi_engagement_posts as posts
inner join kpi.kpi_registry as registry on posts.goal_id = registry.goal_id and posts.kpi_id = registry.kpi_id
where posts.numerator is not null and posts.denominator is not null
