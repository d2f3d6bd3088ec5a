/*
title: Answers that the survey KPIs (S1, I3) rest on, of the newest survey of each kind of sample in the period
grain: one row per KPI, variant and respondent
key: [goal_id, kpi_id, variant, resp_id]
missing: is_yes is null for a blank answer; "do not know" is an answer, and no yes; no row without a survey
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample, or what is made of it; see kpi_variants
  sample: kind of sample
  survey_id: the survey
  resp_id: the respondent's random number
  is_yes: the answer means yes
  weight: design or calibration weight of the survey itself
  age_band: age band
  sex: sex
  region: region
  follower: whether the respondent follows the account, true or false in words
checks:
  - survey_id is not null
*/
with

variants as (
    select
        registry.goal_id,
        registry.kpi_id,
        registry.variant,
        variants.sample,
        kpis.topic,
        registry.period_start,
        registry.period_end
    from kpi.kpi_registry as registry
    inner join config.kpis as kpis on registry.goal_id = kpis.goal_id and registry.kpi_id = kpis.kpi_id
    inner join kpi.kpi_variants as variants
        on
            registry.goal_id = variants.goal_id
            and registry.kpi_id = variants.kpi_id
            and registry.variant = variants.variant
    where registry.measure = 'survey_share'
),

newest as (
    select
        variants.goal_id,
        variants.kpi_id,
        variants.variant,
        variants.sample,
        arg_max(surveys.survey_id, struct_pack(surveys.conducted_to, surveys.survey_id)) as survey_id
    from variants
    inner join marts.dim_survey as surveys
        on variants.sample = surveys.sample_type and variants.topic is not distinct from surveys.topic
    where surveys.conducted_to between variants.period_start and variants.period_end
    group by all
)

select
    newest.goal_id,
    newest.kpi_id,
    newest.variant,
    newest.sample,
    newest.survey_id,
    answers.resp_id,
    case
        when nullif(trim(answers.answer), '') is not null
            -- yes in Swedish and English, from a yes/no question or the agreeing end of a scale
            then lower(trim(answers.answer)) in (
                'ja', 'yes', 'y', 'j', '1', 'true',
                'agree', 'strongly agree', 'instämmer', 'instämmer helt', 'instämmer delvis'
            )
    end as is_yes,
    answers.weight,
    answers.age_band,
    answers.sex,
    answers.region,
    case when answers.follower then 'true' when not answers.follower then 'false' end as follower
from newest
inner join marts.fct_survey_response as answers on newest.survey_id = answers.survey_id
