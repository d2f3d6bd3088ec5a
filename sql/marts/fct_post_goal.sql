/*
title: Which goals each post serves
grain: one row per post and goal it serves
key: [post_id, goal_id]
missing: a post without a row serves no goal that a rule, a hashtag or a person knows; a post without text matches no
  rule; rule_id is null for what a person decided
columns:
  post_id: 'platform:native_id'
  goal_id: goal of goals.yaml
  goals_version: edition of goals.yaml whose rules these are
  weight: part of the post that serves it, above 0 and at most 1; the person's, else the goal's
  method: 'manual: a person said so; hashtag: one of the goal''s hashtags stands in the text; rule: a pattern matched'
  rule_id: the first hashtag, or else the first pattern, that matched
checks:
  - weight > 0 and weight <= 1
  - method in ('rule', 'hashtag', 'manual')
  - (method = 'manual') = (rule_id is null)
*/
with

by_hand as (
    select
        tags.post_id,
        tags.goal_id,
        tags.decision,
        tags.weight
    from staging.stg_files__post_tags as tags
    inner join marts.dim_post as posts on tags.post_id = posts.post_id
    where tags.decision <> 'withdrawn'
),

-- a person's word beats the rules both ways (METHOD section 6)
decided as (
    select
        post_id,
        goal_id,
        weight,
        'manual' as method,
        cast(null as varchar) as rule_id
    from by_hand
    where decision = 'include'
    union all
    select
        rules.post_id,
        rules.goal_id,
        cast(null as double) as weight,
        rules.method,
        rules.rule_id
    from marts.fct_post_rule as rules
    left join by_hand on rules.post_id = by_hand.post_id and rules.goal_id = by_hand.goal_id
    where by_hand.post_id is null
)

select
    decided.post_id,
    decided.goal_id,
    run.goals_version,
    coalesce(decided.weight, goals.post_weight) as weight,
    decided.method,
    decided.rule_id
from decided
inner join config.goals as goals on decided.goal_id = goals.goal_id and not goals.is_guardrail
cross join config.run as run
