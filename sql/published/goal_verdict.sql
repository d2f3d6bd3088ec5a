/*
title: Whether each goal's purpose is served
grain: one row per goal or guardrail of goals.yaml
key: [goal_id]
missing: nothing is null; what cannot be judged is insufficient_evidence, with its reasons
columns:
  goal_id: goal, or the guardrail's own id
  label_sv: label in Swedish
  label_en: label in English
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  as_of: instant the verdict stands for, UTC
  verdict: met if every deciding KPI is met, not_met if any is not_met, else insufficient_evidence
  reasons: reasons of the deciding KPIs as KPI:reason, joined by commas; empty when there are none
  is_guardrail: a guardrail, not one of the purposes; its own KPI decides, by its best evidence
checks:
  - verdict in ('met', 'not_met', 'insufficient_evidence')
  - verdict <> 'insufficient_evidence' or reasons <> ''
*/
select
    goal_id,
    label_sv,
    label_en,
    period_start,
    period_end,
    as_of,
    verdict,
    array_to_string(reasons, ',') as reasons,
    is_guardrail
from kpi.kpi_goal_verdicts
order by position
