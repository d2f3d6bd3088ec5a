/*
title: Posts of the institution's accounts
grain: one row per post
key: [post_id]
missing: deleted_seen_at is null for a post that was never seen to be gone; goal_ids is empty for a post that serves
    no goal
columns:
  post_id: post, platform:native id
  account_id: account, platform:native id
  platform: platform
  unit_id: unit the account belongs to
  published_at: instant of publication, UTC
  media_type: kind of post, as the platform names it
  permalink: address of the post
  goal_ids: goals the post serves, sorted, joined by commas
  deleted_seen_at: when it was first seen to be gone, or missing from two whole listings of its time, UTC
checks:
  - post_id is not null
*/
with

goals as (
    select
        post_id,
        array_to_string(list_sort(list(distinct goal_id)), ',') as goal_ids
    from marts.fct_post_goal
    group by all
)

select
    posts.post_id,
    posts.account_id,
    posts.platform,
    posts.unit_id,
    posts.published_at,
    posts.media_type,
    posts.permalink,
    coalesce(goals.goal_ids, '') as goal_ids,
    gone.gone_at as deleted_seen_at
from marts.dim_post as posts
left join marts.fct_post_gone as gone on posts.post_id = gone.post_id
left join goals on posts.post_id = goals.post_id
order by posts.published_at, posts.post_id
