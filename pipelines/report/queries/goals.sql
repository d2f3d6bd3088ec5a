/* What does the institution want, and is it served? Goals in goals.yaml's order, guardrails last. */
select
    goal.*,
    verdict.verdict,
    verdict.reasons
from published.goal as goal
inner join published.goal_verdict as verdict on goal.goal_id = verdict.goal_id
order by goal.position
