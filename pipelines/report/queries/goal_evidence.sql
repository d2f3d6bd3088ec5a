/* Which posts serve a goal, and what says so, per platform? Variable goal: goal. */
select
    platform,
    sum(posts) filter (where method = 'rule') as by_rule,
    sum(posts) filter (where method = 'hashtag') as by_hashtag,
    sum(posts) filter (where method = 'manual') as by_hand,
    sum(posts) as posts,
    any_value(platform_posts) as platform_posts
from published.goal_matching
where goal_id = getvariable('goal')
group by platform
order by platform
