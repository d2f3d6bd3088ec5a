/*
title: Cells of the tips KPIs of a whole period (T2, T4)
goal: tips
grain: one row per KPI
key: [goal_id, kpi_id]
missing: no row without an appeal (T2) or an assessed tip (T4), for then there is nothing to divide by
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: null, the whole organisation
  platform: null, all of them
  period_start: first day of the study period
  period_end: last counted day
  cluster_id: null
  numerator: documented tips of the period (T2), or useful tips (T4)
  numerator_high: the same
  denominator: appeals published in the period (T2; posts that share an appeal_id, or a ref_code, are one appeal), or
      assessed tips (T4)
checks:
  - denominator > 0
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        measure,
        period_start,
        counted_to
    from kpi.kpi_registry
    where measure in ('documented_tips', 'useful_tips')
),

appeals as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        count(distinct coalesce('appeal ' || posts.appeal_id, 'code ' || posts.ref_code, 'post ' || posts.post_id))
            as appeals
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join marts.dim_post as posts on goals.post_id = posts.post_id
    where posts.local_date between kpis.period_start and kpis.counted_to
    group by all
),

tips as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        count(*) filter (where tips.is_documented) as documented,
        count(*) filter (where tips.disposition in ('useful', 'led_to_action')) as useful,
        count(*) filter (where tips.disposition in ('not_useful', 'useful', 'led_to_action')) as assessed
    from kpis
    inner join marts.fct_tips as tips on tips.local_date between kpis.period_start and kpis.counted_to
    group by all
),

export as (
    select coalesce(bool_or(is_read), false) as is_any_read
    from marts.fct_tip_day
),

counted as (
    select
        kpis.kpi_id,
        kpis.goal_id,
        kpis.period_start,
        kpis.counted_to as period_end,
        -- the export was read, so a period without a row has no such tip
        cast(coalesce(case kpis.measure when 'useful_tips' then tips.useful else tips.documented end, 0) as double)
            as numerator,
        cast(case kpis.measure when 'useful_tips' then tips.assessed else appeals.appeals end as double) as denominator
    from kpis
    left join appeals on kpis.goal_id = appeals.goal_id and kpis.kpi_id = appeals.kpi_id
    left join tips on kpis.goal_id = tips.goal_id and kpis.kpi_id = tips.kpi_id
    cross join export
    where export.is_any_read
)

select
    kpi_id,
    goal_id,
    cast(null as varchar) as variant,
    cast(null as varchar) as unit_id,
    cast(null as varchar) as platform,
    period_start,
    period_end,
    cast(null as varchar) as cluster_id,
    numerator,
    numerator as numerator_high,
    denominator
from counted
where denominator > 0
