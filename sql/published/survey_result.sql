/*
title: What each survey says, of whom, and how far it carries
grain: one row per KPI and variant with an answered survey in the study period
key: [goal_id, kpi_id, variant]
missing: low and high are null for a sample that chose itself; value is null for bounds and where the answers could not
    be weighted; n_eff and max_weight are null where nothing is weighted; a KPI without a survey has no row
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample, or own_channel_raked, panel_raked, own_channel_bounds
  survey_id: the survey, the newest of its kind in the study period
  conducted_from: first date of answers
  conducted_to: last date of answers
  question: the question put
  mode: how they were asked
  frame: whom the sample was drawn from
  responses: respondents, those with a blank answer included
  n: answers the value rests on
  n_eff: Kish's effective number of answers; a weighted share is as sure as this many plain answers
  max_weight: largest weight, where the mean is 1
  value: share of the answers that mean yes, weighted where the variant is [0-1]
  low: lower end of the region of uncertainty [0-1]
  high: upper end [0-1]
  interval_kind: wilson, bounds or none
  evidence_grade: B probability sample, C weighted to known margins, D self-selected
  speaks_of: >-
    respondents, those who answered and nobody else; public, everybody; public_modelled, everybody if those who answered
    are like the others of their category; public_bounded, everybody, as bounds
  reasons: reason codes that the estimator found, joined by commas; empty when there are none
checks:
  - variant <> 'own_channel' or (low is null and high is null and speaks_of = 'respondents')
*/
select
    estimates.goal_id,
    estimates.kpi_id,
    estimates.variant,
    estimates.survey_id,
    surveys.conducted_from,
    surveys.conducted_to,
    surveys.question,
    surveys.mode,
    surveys.frame,
    estimates.responses,
    estimates.n,
    estimates.n_eff,
    estimates.max_weight,
    estimates.value,
    estimates.low,
    estimates.high,
    estimates.interval_kind,
    completeness.evidence_grade,
    case
        when estimates.variant = 'probability_sample' then 'public'
        when contains(estimates.variant, '_raked') then 'public_modelled'
        when contains(estimates.variant, '_bounds') then 'public_bounded'
        else 'respondents'
    end as speaks_of,
    array_to_string(estimates.failing, ',') as reasons
from kpi.kpi_survey_estimates as estimates
inner join marts.dim_survey as surveys on estimates.survey_id = surveys.survey_id
left join kpi.kpi_completeness as completeness
    on
        estimates.goal_id = completeness.goal_id
        and estimates.kpi_id = completeness.kpi_id
        and estimates.variant = completeness.variant
order by estimates.goal_id, estimates.kpi_id, estimates.variant
