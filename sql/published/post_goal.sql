/*
title: Which goals each post serves, and what says so
grain: one row per post and goal it serves
key: [post_id, goal_id]
missing: a post without a row serves no goal; rule_id is null for what a person decided
columns:
  post_id: post, platform:native id
  goal_id: goal
  goals_version: edition of goals.yaml whose rules these are
  weight: part of the post that serves the goal, above 0 and at most 1
  method: 'manual: a person said so; hashtag: a hashtag of the goal; rule: a pattern of the goal'
  rule_id: the hashtag or pattern, goal.effect.number as they stand in goals.yaml
sums:
  weight: [post_id]
checks:
  - method in ('rule', 'hashtag', 'manual')
*/
select
    post_id,
    goal_id,
    goals_version,
    weight,
    method,
    rule_id
from marts.fct_post_goal
order by post_id, goal_id
