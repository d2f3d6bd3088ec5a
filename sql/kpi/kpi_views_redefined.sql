/*
title: KPIs of contacts whose period lies on both sides of a changed definition of views (P1)
goal: prevention
grain: one row per KPI with contacts before and after a change of what its platform counts as a view
key: [goal_id, kpi_id]
missing: a KPI without such a change in its contacts has no row
columns:
  goal_id: goal
  kpi_id: KPI
  has_break: always true
checks:
  - has_break
*/
with

definitions as (
    select distinct
        platform,
        media_type,
        definition_id,
        replaces,
        valid_from
    from seeds.metrics
    where scope = 'post' and metric = 'views'
),

breaks as (
    select
        later.platform,
        later.media_type,
        later.valid_from as break_date
    from definitions as later
    inner join definitions as earlier
        on later.replaces = earlier.definition_id and later.media_type is not distinct from earlier.media_type
    where later.valid_from is not null
),

sides as (
    select
        registry.goal_id,
        registry.kpi_id,
        breaks.platform,
        breaks.break_date,
        bool_or(gains.local_date < breaks.break_date) as has_before,
        bool_or(gains.local_date >= breaks.break_date) as has_after
    from kpi.kpi_registry as registry
    inner join marts.fct_post_goal as goals on registry.goal_id = goals.goal_id
    inner join marts.dim_post as posts on goals.post_id = posts.post_id
    inner join breaks
        on
            posts.platform = breaks.platform
            and (
                breaks.media_type is null
                or (breaks.media_type = 'short') = coalesce(lower(posts.media_type) in ('short', 'shorts'), false)
            )
    inner join kpi.kpi_view_gains_daily as gains on posts.post_id = gains.post_id
    where
        registry.measure = 'views_per_inhabitants'
        and gains.local_date between registry.period_start and registry.counted_to
        and coalesce(list_contains(registry.platforms, posts.platform), posts.platform <> 'youtube')
    group by all
)

select distinct
    goal_id,
    kpi_id,
    true as has_break
from sides
where has_before and has_after
