/*
title: Periods that each KPI is told for
grain: one row per KPI, variant, grain and finished period inside the study period; and the study period itself
key: [goal_id, kpi_id, variant, grain, period_start]
missing: days, weeks and months that are not over, or that reach outside the study period, have no row
columns:
  goal_id: goal
  kpi_id: KPI
  variant: as in kpi.kpi_registry
  grain: day, week (ISO, Monday to Sunday), month or study
  period_start: first day, local
  period_end: last day, local
  counted_from: first day whose cells count; the last day itself for a KPI that is judged on a day
  counted_to: last finished day of the period, local
checks:
  - period_start <= counted_from or counted_to < period_start
  - counted_to <= period_end
*/
with

days as (
    select
        calendar.local_date,
        calendar.month_start,
        calendar.iso_week
    from seeds.calendar
    cross join config.run
    where calendar.local_date between run.study_start and run.study_end and calendar.ends_at <= run.as_of
),

periods as (
    select
        'day' as grain,
        local_date as period_start,
        local_date as period_end,
        local_date as counted_to
    from days
    union all
    select
        'week' as grain,
        min(local_date) as period_start,
        max(local_date) as period_end,
        max(local_date) as counted_to
    from days
    group by iso_week
    having date_diff('day', min(local_date), max(local_date)) = 6  -- a whole week has seven days
    union all
    select
        'month' as grain,
        min(local_date) as period_start,
        max(local_date) as period_end,
        max(local_date) as counted_to
    from days
    group by month_start
    having count(*) = date_diff('day', month_start, cast(month_start + interval 1 month as date))
    union all
    select
        'study' as grain,
        run.study_start as period_start,
        run.study_end as period_end,
        coalesce(max(days.local_date), cast(run.study_start - interval 1 day as date)) as counted_to
    from config.run
    left join days on true
    group by run.study_start, run.study_end
)

select
    registry.goal_id,
    registry.kpi_id,
    registry.variant,
    periods.grain,
    periods.period_start,
    periods.period_end,
    case when measures.is_on_last_day then periods.counted_to else periods.period_start end as counted_from,
    periods.counted_to
from kpi.kpi_registry as registry
inner join seeds.measures on registry.measure = measures.measure
inner join periods on list_contains(string_split(measures.grains, ' '), periods.grain)
