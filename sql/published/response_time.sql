/*
title: How long questions wait for an answer, those still open included
grain: one row per KPI, hours, unit, platform and period with a question
key: [goal_id, kpi_id, hours, unit_id, platform, grain, period_start]
missing: a time within which so many were never seen to be answered is null, and so is an end of an interval that the
    data do not reach; no row without a question
columns:
  goal_id: goal
  kpi_id: KPI
  hours: clock, all minutes; business, those of the opening hours in goals.yaml
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  grain: study, the whole study period, or month
  period_start: first day on which the questions were asked, local
  period_end: last day, local
  questions: questions asked, spam and mere comments left out
  answered: of those, answered by as_of
  p50: minutes within which half were answered, the median [min]
  p50_low: lower end of its interval [min]
  p50_high: upper end of its interval [min]
  p80: minutes within which four of five were answered [min]
  p80_low: lower end of its interval [min]
  p80_high: upper end of its interval [min]
  p95: minutes within which nineteen of twenty were answered [min]
  p95_low: lower end of its interval [min]
  p95_high: upper end of its interval [min]
sums:
  questions: [unit_id]
  answered: [unit_id]
checks:
  - answered <= questions
*/
select
    goal_id,
    kpi_id,
    variant as hours,
    unit_id,
    platform,
    grain,
    period_start,
    period_end,
    n as questions,
    answered,
    p50,
    p50_low,
    p50_high,
    p80,
    p80_low,
    p80_high,
    p95,
    p95_low,
    p95_high
from kpi.kpi_response_times
order by goal_id, kpi_id, variant, grain, unit_id nulls first, platform nulls first, period_start
