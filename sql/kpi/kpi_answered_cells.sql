/*
title: Cells of the share of questions answered in time (A2)
goal: accessibility
grain: one row per KPI, unit, platform and local date with questions due
key: [goal_id, kpi_id, unit_id, platform, period_start]
missing: days without a question due have no row
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit of the account that was asked; null where it is not known
  platform: platform it was asked on; null where the post is not known
  period_start: day the questions were asked, local
  period_end: the same
  cluster_id: null; questions are counted one by one
  numerator: questions answered within due_hours of being asked
  numerator_high: the same
  denominator: questions asked at least due_hours before as_of, and watched for as long; spam and mere comments left out
checks:
  - numerator <= denominator and denominator > 0
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        due_hours,
        period_start,
        counted_to,
        as_of
    from kpi.kpi_registry
    where measure = 'answered_in_time'
),

due as (
    select
        kpis.kpi_id,
        kpis.goal_id,
        posts.unit_id,
        posts.platform,
        calendar.local_date,
        coalesce(interactions.answered_at <= interactions.asked_at + kpis.due_hours * interval '1 hour', false)
            as is_answered
    from marts.fct_interaction as interactions
    inner join seeds.calendar
        on interactions.asked_at >= calendar.starts_at and interactions.asked_at < calendar.ends_at
    left join marts.dim_post as posts on interactions.post_id = posts.post_id
    inner join kpis on calendar.local_date between kpis.period_start and kpis.counted_to
    where
        -- of a question that was not looked at again nobody knows whether it was answered in time
        interactions.asked_at + kpis.due_hours * interval '1 hour'
        <= least(kpis.as_of, coalesce(interactions.watched_to, kpis.as_of))
        and coalesce(interactions.kind, 'question') not in ('spam', 'comment')
)

select
    kpi_id,
    goal_id,
    cast(null as varchar) as variant,
    unit_id,
    platform,
    local_date as period_start,
    local_date as period_end,
    cast(null as varchar) as cluster_id,
    cast(count(*) filter (where is_answered) as double) as numerator,
    cast(count(*) filter (where is_answered) as double) as numerator_high,
    cast(count(*) as double) as denominator
from due
group by all
