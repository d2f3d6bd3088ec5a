/*
title: How often each post that asks for tips was seen
goal: tips
grain: one row per post that asks for tips
key: [post_id]
missing: views is null where the platform shows neither views nor impressions, or none was read
columns:
  post_id: 'platform:native_id'
  appeal: the appeal it belongs to
  unit_id: the unit the account belongs to
  platform: the platform
  published_at: when it was published, UTC
  views: newest views, else impressions, of one post; only to weigh a unit's posts against each other [contacts]
checks:
  - views is null or views >= 0
*/
with

seen as (
    select
        post_id,
        max(last_value) filter (where metric = 'views') as views,
        max(last_value) filter (where metric = 'impressions') as impressions
    from marts.fct_post_counter
    where is_counted and metric in ('views', 'impressions')
    group by post_id
)

select
    posts.post_id,
    posts.appeal,
    posts.unit_id,
    posts.platform,
    posts.published_at,
    case when seen.views > 0 then seen.views else seen.impressions end as views
from marts.dim_appeal_post as posts
left join seen on posts.post_id = seen.post_id
