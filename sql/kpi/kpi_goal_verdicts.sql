/*
title: Whether each goal's purpose is served
grain: one row per goal or guardrail of goals.yaml
key: [goal_id]
missing: a goal without a primary KPI is insufficient_evidence with the reason no_primary_kpi
columns:
  goal_id: goal, or the guardrail's own id
  position: order in goals.yaml
  is_guardrail: a guardrail, not one of the purposes
  label_sv: label in Swedish
  label_en: label in English
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  as_of: instant the verdict stands for, UTC
  verdict: met if all deciding KPIs are met; not_met if any is not_met; else insufficient_evidence
  reasons: KPI and reason, joined by a colon, of every deciding KPI that has reasons, sorted
checks:
  - verdict in ('met', 'not_met', 'insufficient_evidence')
*/
with

deciding as (
    select
        results.goal_id,
        results.kpi_id,
        results.verdict,
        results.reasons
    from kpi.kpi_results as results
    inner join config.goals on results.goal_id = goals.goal_id
    where results.is_primary or goals.is_guardrail
    -- of several kinds of sample the best evidence decides; a self-selected one never outvotes it
    qualify row_number() over (
        partition by results.goal_id, results.kpi_id
        order by results.value is null, results.evidence_grade, results.variant
    ) = 1
),

counts as (
    select
        goal_id,
        count(*) as kpis,
        count(*) filter (where verdict = 'met') as met,
        count(*) filter (where verdict = 'not_met') as not_met
    from deciding
    group by all
),

said as (
    select
        goal_id,
        kpi_id,
        unnest(reasons) as reason
    from deciding
),

reasons as (
    select
        goal_id,
        list_sort(list(kpi_id || ':' || reason)) as reasons
    from said
    group by all
)

select
    goals.goal_id,
    goals.position,
    goals.is_guardrail,
    goals.label_sv,
    goals.label_en,
    run.study_start as period_start,
    run.study_end as period_end,
    run.as_of,
    case
        when counts.not_met > 0 then 'not_met'
        when counts.met = counts.kpis then 'met'
        else 'insufficient_evidence'
    end as verdict,
    case when counts.kpis is null then ['no_primary_kpi'] else coalesce(reasons.reasons, cast([] as varchar[])) end
        as reasons
from config.goals
cross join config.run
left join counts on goals.goal_id = counts.goal_id
left join reasons on goals.goal_id = reasons.goal_id
