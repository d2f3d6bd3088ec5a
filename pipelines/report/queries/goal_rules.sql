/* How good are the rules that choose a goal's posts, by the newest blind sample? Variable goal: goal. */
select
    rules_precision,
    rules_recall,
    coded_posts
from published.goal_verdict
where goal_id = getvariable('goal')
