/*
title: Cells of the survey shares (S1), newest survey of each kind of sample in the period
grain: one row per KPI and kind of sample
key: [goal_id, kpi_id, variant]
missing: blank answers are left out and lower the completeness; "do not know" is an answer, and no yes; no row without
    a survey
columns:
  kpi_id: KPI
  goal_id: goal
  variant: kind of sample
  unit_id: null, the whole organisation
  platform: null
  period_start: first day of the survey
  period_end: last day of the survey
  cluster_id: null
  numerator: answers that mean yes
  numerator_high: the same
  denominator: answers
  responses: people asked who sent anything in, blank answers included
  survey_id: the survey
checks:
  - numerator <= denominator and denominator > 0 and denominator <= responses
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        variant,
        period_start,
        period_end,
        as_of
    from kpi.kpi_registry
    where measure = 'survey_share'
),

surveys as (
    select
        survey_id,
        arg_max(conducted_from, ingested_at) as conducted_from,
        arg_max(conducted_to, ingested_at) as conducted_to,
        arg_max(sample_type, ingested_at) as sample_type
    from staging.stg_files__surveys
    group by all
),

newest as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        kpis.variant,
        arg_max(surveys.survey_id, struct_pack(surveys.conducted_to, surveys.survey_id)) as survey_id
    from kpis
    inner join surveys on kpis.variant = surveys.sample_type
    where surveys.conducted_to between kpis.period_start and kpis.period_end
    group by all
),

answers as (
    select
        survey_id,
        nullif(trim(answer), '') is not null as is_answered,
        -- yes in Swedish and English, from a yes/no question or the agreeing end of a scale
        lower(trim(answer)) in (
            'ja', 'yes', 'y', 'j', '1', 'true',
            'agree', 'strongly agree', 'instämmer', 'instämmer helt', 'instämmer delvis'
        ) as is_yes
    from marts.fct_survey_response
)

select
    newest.kpi_id,
    newest.goal_id,
    newest.variant,
    cast(null as varchar) as unit_id,
    cast(null as varchar) as platform,
    surveys.conducted_from as period_start,
    surveys.conducted_to as period_end,
    cast(null as varchar) as cluster_id,
    cast(count(*) filter (where answers.is_answered and answers.is_yes) as double) as numerator,
    cast(count(*) filter (where answers.is_answered and answers.is_yes) as double) as numerator_high,
    cast(count(*) filter (where answers.is_answered) as double) as denominator,
    count(*) as responses,
    newest.survey_id
from newest
inner join surveys on newest.survey_id = surveys.survey_id
inner join answers on newest.survey_id = answers.survey_id
group by all
having count(*) filter (where answers.is_answered) > 0
