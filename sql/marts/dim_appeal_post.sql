/*
title: Posts that ask for tips
goal: tips
grain: one row per post that serves a goal with appeals, or has a short link's code or an appeal's id
key: [post_id]
missing: >-
  unit_id is null where the account's unit is unknown; posts without an instant of publication are left out, for
  nothing can be said to come after them
columns:
  post_id: 'platform:native_id'
  appeal: the appeal it belongs to; posts that share an appeal_id, or else a ref_code, are one appeal
  unit_id: the unit the account belongs to
  platform: the platform, as in the metric catalogue
  published_at: when it was published, UTC
checks:
  - appeal is not null and published_at is not null
*/
with

asking as (
    select distinct goals.post_id
    from marts.fct_post_goal as goals
    inner join config.goals as tips_goals on goals.goal_id = tips_goals.goal_id
    where tips_goals.ref_pattern is not null or tips_goals.case_pattern is not null
)

select
    posts.post_id,
    coalesce('appeal ' || posts.appeal_id, 'code ' || posts.ref_code, 'post ' || posts.post_id) as appeal,
    posts.unit_id,
    posts.platform,
    posts.published_at
from marts.dim_post as posts
left join asking on posts.post_id = asking.post_id
where
    posts.published_at is not null
    and (asking.post_id is not null or posts.ref_code is not null or posts.appeal_id is not null)
