/*
title: The institution's goals, in its own words
grain: one row per goal or guardrail of goals.yaml
key: [goal_id]
missing: what a guardrail is for, and for whom, is null; goals.yaml does not ask
columns:
  goal_id: goal, or the guardrail's own id
  position: place in goals.yaml; guardrails come last
  label_sv: label in Swedish
  label_en: label in English
  is_guardrail: a guardrail, not one of the purposes
  purpose_sv: what is to be achieved, in Swedish
  purpose_en: what is to be achieved, in English
  target_group_sv: for whom, in Swedish
  target_group_en: for whom, in English
  motive_sv: why the institution does it, in Swedish
  motive_en: why the institution does it, in English
  user_benefit_sv: what the target group gains, in Swedish
  user_benefit_en: what the target group gains, in English
*/
select
    goal_id,
    position,
    label_sv,
    label_en,
    is_guardrail,
    purpose_sv,
    purpose_en,
    target_group_sv,
    target_group_en,
    motive_sv,
    motive_en,
    user_benefit_sv,
    user_benefit_en
from config.goals
order by position
