/*
title: Which goals the hashtags and patterns of goals.yaml say each post serves
grain: one row per post and goal that a hashtag or a pattern gives it
key: [post_id, goal_id]
missing: a post without a row is matched by nothing, or excluded; a post without text is matched by nothing
columns:
  post_id: 'platform:native_id'
  goal_id: goal of goals.yaml
  method: 'hashtag: one of the goal''s hashtags stands in the text; rule: a pattern of include matches, none of exclude'
  rule_id: the first hashtag, or else the first pattern, that matched
checks:
  - method in ('rule', 'hashtag')
*/
with

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
)

-- a hashtag beats a pattern that excludes (METHOD section 6)
select
    post_id,
    goal_id,
    case when hashtag_id is not null then 'hashtag' else 'rule' end as method,
    coalesce(hashtag_id, include_id) as rule_id
from matches
where hashtag_id is not null or (include_id is not null and exclude_id is null)
