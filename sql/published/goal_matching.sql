/*
title: How many posts serve each goal, by what says so; and how many serve none
grain: one row per platform, goal or none, and method with posts
key: [platform, goal_id, method]
missing: a platform, goal and method without posts have no row; goal_id is null for posts that serve no goal
columns:
  platform: platform
  goal_id: goal; null for the posts that serve none (`syfte tags unmatched` lists them)
  goals_version: edition of goals.yaml whose rules these are
  method: rule, hashtag or manual; none for posts that serve no goal
  posts: posts of the platform
  weight: sum of their weights; null for posts that serve no goal
  platform_posts: all posts of the platform, whatever they serve; a post may serve several goals
sums:
  posts: [platform, method]
  weight: [platform, method]
checks:
  - posts > 0 and posts <= platform_posts
  - (goal_id is null) = (method = 'none')
*/
with

platforms as (
    select
        platform,
        count(*) as platform_posts
    from marts.dim_post
    group by all
),

served as (
    select
        posts.platform,
        goals.goal_id,
        goals.method,
        count(*) as posts,
        cast(sum(cast(goals.weight as decimal(38, 9))) as double) as weight
    from marts.dim_post as posts
    inner join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    group by all
),

unmatched as (
    select
        posts.platform,
        cast(null as varchar) as goal_id,
        'none' as method,
        count(*) as posts,
        cast(null as double) as weight
    from marts.dim_post as posts
    left join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    where goals.post_id is null
    group by all
),

counted as (
    select
        platform,
        goal_id,
        method,
        posts,
        weight
    from served
    union all
    select
        platform,
        goal_id,
        method,
        posts,
        weight
    from unmatched
)

select
    counted.platform,
    counted.goal_id,
    run.goals_version,
    counted.method,
    counted.posts,
    counted.weight,
    platforms.platform_posts
from counted
inner join platforms on counted.platform = platforms.platform
cross join config.run as run
order by counted.platform, counted.goal_id, counted.method
