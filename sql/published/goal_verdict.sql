/*
title: Whether each goal's purpose is served
grain: one row per goal or guardrail of goals.yaml
key: [goal_id]
missing: what cannot be judged is insufficient_evidence, with its reasons; the three columns about the rules are null
  where no blind sample of the goal was coded, and a share also where it has nothing to divide by
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
  rules_precision: share of the posts that the rules give the goal which serve it, by the newest blind sample [0-1]
  rules_recall: share of the posts that serve it which the rules find, by the same sample [0-1]
  coded_posts: posts of that sample that both coders coded
checks:
  - verdict in ('met', 'not_met', 'insufficient_evidence')
  - verdict <> 'insufficient_evidence' or reasons <> ''
*/
with

newest as (
    select
        goal_id,
        precision,
        recall,
        posts
    from kpi.kpi_goal_coding
    qualify row_number() over (partition by goal_id order by drawn_at desc, sample_id desc) = 1
)

select
    verdicts.goal_id,
    verdicts.label_sv,
    verdicts.label_en,
    verdicts.period_start,
    verdicts.period_end,
    verdicts.as_of,
    verdicts.verdict,
    array_to_string(verdicts.reasons, ',') as reasons,
    verdicts.is_guardrail,
    newest.precision as rules_precision,
    newest.recall as rules_recall,
    newest.posts as coded_posts
from kpi.kpi_goal_verdicts as verdicts
left join newest on verdicts.goal_id = newest.goal_id
order by verdicts.position
