/*
title: Days due and days read of the logs that whole KPIs rest on - tips (T2, T4), questions (A2, A3), visits (P4)
grain: one row per KPI of tips, of questions or of visits with a finished day in the period
key: [goal_id, kpi_id]
missing: days_read is 0 when nothing was read; a KPI on anything else has no row
columns:
  goal_id: goal
  kpi_id: KPI
  days_due: finished days of the period; for the tips rate ratio, which compares, those of the baseline too
  days_read: of those, days whose tips were read in full; for questions, which come without a record of the days read,
      the days from the first question to the last, of the imported ones and of those read from platforms; for visits,
      days on which any link was followed
checks:
  - days_read <= days_due
*/
with

kpis as (
    select distinct
        registry.goal_id,
        registry.kpi_id,
        registry.measure,
        case
            when registry.measure = 'tips_rate_ratio' then coalesce(run.baseline_start, registry.period_start)
            else registry.period_start
        end as due_from,
        run.baseline_end,
        registry.period_start,
        registry.counted_to
    from kpi.kpi_registry as registry
    cross join config.run
    where
        registry.measure in (
            'documented_tips', 'useful_tips', 'capture_rate', 'answered_in_time', 'km_median', 'tips_rate_ratio',
            'advice_visits'
        )
),

asked as (
    select
        min(calendar.local_date) filter (where interactions.watched_to is null) as told_from,
        max(calendar.local_date) filter (where interactions.watched_to is null) as told_to,
        min(calendar.local_date) filter (where interactions.watched_to is not null) as read_from,
        max(calendar.local_date) filter (where interactions.watched_to is not null) as read_to
    from marts.fct_interaction as interactions
    inner join seeds.calendar
        on interactions.asked_at >= calendar.starts_at and interactions.asked_at < calendar.ends_at
),

followed as (
    select distinct local_date
    from marts.fct_link_visits_daily
),

days as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        case
            when kpis.measure = 'advice_visits' then followed.local_date is not null
            when kpis.measure in ('answered_in_time', 'km_median')
                then coalesce(
                    calendar.local_date between asked.told_from and asked.told_to
                    or calendar.local_date between asked.read_from and asked.read_to, false
                )
            else tip_days.is_read
        end as is_read
    from kpis
    cross join asked
    inner join seeds.calendar on calendar.local_date between kpis.due_from and kpis.counted_to
    left join marts.fct_tip_day as tip_days on calendar.local_date = tip_days.local_date
    left join followed on calendar.local_date = followed.local_date
    -- days between the baseline and the study belong to neither
    where calendar.local_date <= kpis.baseline_end or calendar.local_date >= kpis.period_start
)

select
    goal_id,
    kpi_id,
    count(*) as days_due,
    count(*) filter (where is_read) as days_read
from days
group by all
