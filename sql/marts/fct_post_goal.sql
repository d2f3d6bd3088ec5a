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

-- a person's word beats a hashtag, and a hashtag beats a pattern that excludes (METHOD section 6)
matches as (
    select
        posts.post_id,
        rules.goal_id,
        min(case when rules.effect = 'hashtag' then rules.rule_id end) as hashtag_id,
        min(case when rules.effect = 'include' then rules.rule_id end) as include_id,
        min(case when rules.effect = 'exclude' then rules.rule_id end) as exclude_id
    from marts.dim_post as posts
    cross join config.post_rules as rules
    where regex_search(posts.text, rules.pattern)
    group by all
),

by_rule as (
    select
        post_id,
        goal_id,
        case when hashtag_id is not null then 'hashtag' else 'rule' end as method,
        coalesce(hashtag_id, include_id) as rule_id
    from matches
    where hashtag_id is not null or (include_id is not null and exclude_id is null)
),

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
        by_rule.post_id,
        by_rule.goal_id,
        cast(null as double) as weight,
        by_rule.method,
        by_rule.rule_id
    from by_rule
    left join by_hand on by_rule.post_id = by_hand.post_id and by_rule.goal_id = by_hand.goal_id
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
