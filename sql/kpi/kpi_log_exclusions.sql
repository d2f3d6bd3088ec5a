/*
title: Questions, tips and answers that a KPI leaves out, and why
grain: one row per goal, KPI and kind of thing left out
key: [goal_id, kpi_id, what]
missing: a kind of which nothing was left out has no row
columns:
  goal_id: goal
  kpi_id: KPI
  what: questions_spam, questions_comment, questions_not_due, questions_outside_period, tips_not_assessed, days_not_read
      or answers_blank (docs/replay.md)
  excluded: how many
checks:
  - excluded > 0
*/
with

kpis as (
    select distinct
        goal_id,
        kpi_id,
        measure,
        due_hours,
        period_start,
        counted_to,
        as_of
    from kpi.kpi_registry
),

questions as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        case
            when calendar.local_date not between kpis.period_start and kpis.counted_to then 'questions_outside_period'
            when interactions.kind in ('spam', 'comment') then 'questions_' || interactions.kind
            when interactions.asked_at + kpis.due_hours * interval '1 hour' > kpis.as_of then 'questions_not_due'
        end as what
    from kpis
    cross join marts.fct_interaction as interactions
    inner join seeds.calendar
        on interactions.asked_at >= calendar.starts_at and interactions.asked_at < calendar.ends_at
    where kpis.measure in ('answered_in_time', 'km_median')
),

tips as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        'tips_not_assessed' as what
    from kpis
    inner join kpi.kpi_tips_counted as counted on kpis.period_start = counted.first_date and counted.kind = 'assessed'
    inner join marts.fct_tips as tips on tips.local_date between kpis.period_start and counted.counted_to
    where
        kpis.measure = 'useful_tips'
        and coalesce(tips.disposition, 'unassessed') not in ('not_useful', 'useful', 'led_to_action')
),

days as (
    select
        logs.goal_id,
        logs.kpi_id,
        logs.days_due - logs.days_read as excluded
    from kpi.kpi_log_completeness as logs
),

answers as (
    select
        goal_id,
        kpi_id,
        count(*) as excluded
    from kpi.kpi_survey_answers
    where variant = sample and is_yes is null
    group by all
),

every as (
    select * from questions
    union all
    select * from tips
)

select goal_id, kpi_id, what, count(*) as excluded
from every
where what is not null
group by all
union all
select goal_id, kpi_id, 'days_not_read' as what, excluded
from days
where excluded > 0
union all
select goal_id, kpi_id, 'answers_blank' as what, excluded
from answers
where excluded > 0
