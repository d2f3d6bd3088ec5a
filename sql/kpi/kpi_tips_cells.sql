/*
title: Cells of the tips KPIs that are counted (T2, T4)
goal: tips
grain: one row per KPI, unit and local date with a tip that counts, or an appeal
key: [goal_id, kpi_id, unit_id, period_start]
missing: no row where no export was read; unit_id is null where it is not known. A day without an appeal (T2) has a
    denominator of 0; days after the last that is counted (kpi.kpi_tips_counted) have none
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit the tip was given to, or that published the appeal
  platform: null, all of them
  period_start: day the tip came in, or the appeal was first published, local
  period_end: the same
  cluster_id: null
  numerator: documented tips (T2), or useful tips (T4)
  numerator_high: the same
  denominator: appeals, each on the day and with the unit of its first post, with the highest weight of its posts (T2;
      posts that share an appeal_id, or a ref_code, are one appeal), or assessed tips (T4)
checks:
  - numerator >= 0 and denominator >= 0
*/
with

export as (
    select coalesce(bool_or(is_read), false) as is_any_read
    from marts.fct_tip_day
),

kpis as (
    select
        registry.goal_id,
        registry.kpi_id,
        registry.measure,
        registry.period_start,
        counted.counted_to
    from kpi.kpi_registry as registry
    cross join export
    -- not to the last finished day: what it adds to a total may be a small count (docs/decisions/0013)
    inner join kpi.kpi_tips_counted as counted
        on
            registry.period_start = counted.first_date
            and counted.kind = case registry.measure when 'useful_tips' then 'assessed' else 'documented' end
    where
        registry.measure in ('documented_tips', 'useful_tips')
        and export.is_any_read
),

posts as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        coalesce('appeal ' || posts.appeal_id, 'code ' || posts.ref_code, 'post ' || posts.post_id) as appeal,
        goals.weight,
        posts.unit_id,
        posts.local_date,
        struct_pack(posts.local_date, posts.published_at, posts.post_id) as place
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join marts.dim_post as posts on goals.post_id = posts.post_id
    where kpis.measure = 'documented_tips' and posts.local_date between kpis.period_start and kpis.counted_to
),

appeals as (
    select
        goal_id,
        kpi_id,
        appeal,
        min_by(coalesce(unit_id, ''), place) as unit_id,
        min(local_date) as local_date,
        max(weight) as weight
    from posts
    group by all
),

counted as (
    select
        goal_id,
        kpi_id,
        nullif(unit_id, '') as unit_id,
        local_date,
        0 as above,
        weight as below
    from appeals
    union all
    select
        kpis.goal_id,
        kpis.kpi_id,
        tips.unit_id,
        tips.local_date,
        case
            when kpis.measure = 'documented_tips' or tips.disposition in ('useful', 'led_to_action') then 1 else 0
        end as above,
        case when kpis.measure = 'useful_tips' then 1 else 0 end as below
    from kpis
    inner join marts.fct_tips as tips on tips.local_date between kpis.period_start and kpis.counted_to
    where
        (kpis.measure = 'documented_tips' and tips.is_documented)
        or (kpis.measure = 'useful_tips' and tips.disposition in ('not_useful', 'useful', 'led_to_action'))
)

select
    kpi_id,
    goal_id,
    cast(null as varchar) as variant,
    unit_id,
    cast(null as varchar) as platform,
    local_date as period_start,
    local_date as period_end,
    cast(null as varchar) as cluster_id,
    cast(sum(above) as double) as numerator,
    cast(sum(above) as double) as numerator_high,
    cast(sum(cast(below as decimal(38, 9))) as double) as denominator
from counted
group by all
