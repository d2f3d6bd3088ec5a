/*
title: How good the rules are, per goal, by blind double-coding
grain: one row per sample and goal
key: [sample_id, goal_id]
missing: precision is null where the rules gave the goal to no coded post, recall where no coded post serves it; kappa
    where both coders said the same of every post
columns:
  sample_id: name of the draw
  goal_id: goal
  drawn_at: when it was drawn, UTC
  sample_goals_version: edition of goals.yaml when it was drawn
  goals_version: edition of goals.yaml whose rules are scored
  posts: posts that both coders coded
  frame_posts: posts the sample was drawn from
  serving: of those coded, posts that serve the goal
  matched: of those coded, posts that the rules give the goal
  precision: share of the matched that serve the goal [0-1]
  precision_low: lower end of its Wilson interval
  precision_high: upper end
  recall: share of the serving that are matched [0-1]
  recall_low: lower end of its Wilson interval
  recall_high: upper end
  agreement: share of posts on which the coders agree [0-1]
  kappa: Cohen's kappa, agreement beyond chance
  unresolved: posts on which they differ and nobody has adjudicated; each counts against the rules
  is_newest: the newest sample of the goal that was coded
checks:
  - precision is null or (precision_low <= precision and precision <= precision_high)
  - recall is null or (recall_low <= recall and recall <= recall_high)
*/
select
    codings.sample_id,
    codings.goal_id,
    codings.drawn_at,
    codings.sample_goals_version,
    run.goals_version,
    codings.posts,
    codings.frame_posts,
    codings.serving,
    codings.matched,
    codings.precision,
    codings.precision_low,
    codings.precision_high,
    codings.recall,
    codings.recall_low,
    codings.recall_high,
    codings.agreement,
    codings.kappa,
    codings.unresolved,
    row_number() over (partition by codings.goal_id order by codings.drawn_at desc, codings.sample_id desc)
    = 1 as is_newest
from kpi.kpi_goal_coding as codings
cross join config.run as run
order by codings.drawn_at, codings.sample_id, codings.goal_id
