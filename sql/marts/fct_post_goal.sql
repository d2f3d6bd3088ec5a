/*
title: Which goals each post serves
grain: one row per post and goal it serves
key: [post_id, goal_id]
missing: a post without a row serves no goal that the rules know; a post without text matches no rule
columns:
  post_id: 'platform:native_id'
  goal_id: the goal
  weight: part of the post that serves it, 0 to 1
  method: 'rule: one of the goal''s patterns matched'
  rule_id: the first rule that matched
checks:
  - weight > 0 and weight <= 1
  - method in ('rule')
*/
with

matches as (
    select
        posts.post_id,
        rules.goal_id,
        rules.rule_id,
        rules.effect
    from marts.dim_post as posts
    cross join config.post_rules as rules
    where regex_search(posts.text, rules.pattern)
),

excluded as (
    select distinct
        post_id,
        goal_id
    from matches
    where effect = 'exclude'
)

select
    matches.post_id,
    matches.goal_id,
    cast(1 as double) as weight,
    'rule' as method,
    min(matches.rule_id) as rule_id
from matches
left join excluded on matches.post_id = excluded.post_id and matches.goal_id = excluded.goal_id
where matches.effect = 'include' and excluded.post_id is null
group by matches.post_id, matches.goal_id
