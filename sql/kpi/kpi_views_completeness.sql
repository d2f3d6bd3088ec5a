/*
title: Share of the due post-days on which contacts were followed (P1)
goal: prevention
grain: one row per KPI
key: [goal_id, kpi_id]
missing: completeness is null when no post was due
columns:
  goal_id: goal
  kpi_id: KPI
  days_due: days on which a post of the goal was younger than due_hours, in the period, on platforms that report views
      or impressions, before it was seen deleted
  days_read: of those, days that touch a pair of readings no farther apart than the method allows
  completeness: days_read / days_due [0-1]
  is_bridged: some gain of the period came over a bridge
  has_break: some gain of the period is known in impressions only, without a bridge
checks:
  - days_read <= days_due
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        platforms,
        series,
        due_hours,
        period_start,
        counted_to
    from kpi.kpi_registry
    where measure = 'views_per_inhabitants'
),

measured as (
    select distinct platform
    from kpi.kpi_platform_metrics
    where metric in ('views', 'impressions')
),

posts as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        kpis.period_start,
        kpis.counted_to,
        kpis.series,
        posts.post_id,
        posts.published_at,
        -- least() passes over a null: a post never seen deleted is due to its end
        least(posts.published_at + kpis.due_hours * interval '1 hour', posts.deleted_seen_at) as due_until
    from marts.dim_post as posts
    inner join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    inner join kpis on goals.goal_id = kpis.goal_id
    inner join measured on posts.platform = measured.platform
    where coalesce(list_contains(kpis.platforms, posts.platform), posts.platform <> 'youtube')
),

due as (
    select
        posts.goal_id,
        posts.kpi_id,
        posts.post_id,
        calendar.local_date,
        greatest(posts.published_at, calendar.starts_at) as from_at,
        least(posts.due_until, calendar.ends_at) as to_at
    from posts
    inner join seeds.calendar on posts.published_at < calendar.ends_at and posts.due_until > calendar.starts_at
    where calendar.local_date between posts.period_start and posts.counted_to
),

read_days as (
    select distinct due.goal_id, due.kpi_id, due.post_id, due.local_date
    from due
    inner join marts.fct_post_metric_interval as intervals
        on due.post_id = intervals.post_id and due.from_at < intervals.to_at and due.to_at > intervals.from_at
    where
        intervals.metric in ('views', 'impressions')
        and intervals.treatment <> 'unallocated'
        and not intervals.is_imputed
),

counts as (
    select
        due.goal_id,
        due.kpi_id,
        count(*) as days_due,
        count(read_days.local_date) as days_read
    from due
    left join read_days
        on
            due.goal_id = read_days.goal_id and due.kpi_id = read_days.kpi_id
            and due.post_id = read_days.post_id and due.local_date = read_days.local_date
    group by all
),

breaks as (
    select
        posts.goal_id,
        posts.kpi_id,
        bool_or(gains.is_bridged) as is_bridged,
        bool_or(gains.is_broken or (gains.is_bridged and posts.series is distinct from 'bridged')) as has_break
    from posts
    inner join kpi.kpi_view_gains_daily as gains on posts.post_id = gains.post_id
    where gains.local_date between posts.period_start and posts.counted_to
    group by all
)

select
    kpis.goal_id,
    kpis.kpi_id,
    coalesce(counts.days_due, 0) as days_due,
    coalesce(counts.days_read, 0) as days_read,
    cast(counts.days_read as double) / counts.days_due as completeness,
    coalesce(breaks.is_bridged, false) as is_bridged,
    coalesce(breaks.has_break, false) as has_break
from kpis
left join counts on kpis.goal_id = counts.goal_id and kpis.kpi_id = counts.kpi_id
left join breaks on kpis.goal_id = breaks.goal_id and kpis.kpi_id = breaks.kpi_id
