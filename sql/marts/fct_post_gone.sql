/*
title: Posts that are gone
grain: one row per post that was seen to be gone and has not been seen again
key: [post_id]
missing: a post that stands, or that nobody has looked for since, is not here
columns:
  post_id: 'platform:native_id'
  gone_at: when it was first seen to be gone, UTC
  how: told, the platform or a file said so; unlisted, two whole listings of its time came without it
checks:
  - gone_at is not null and how in ('told', 'unlisted')
*/
with

seen as (
    select post_id, max(observed_at) as seen_at
    from marts.fct_post_snapshot
    where status in ('ok', 'not_offered')
    group by post_id
),

-- one listing without it may be the platform's slip: the second confirms the first
missed as (
    select
        posts.post_id,
        crawls.began_at,
        row_number() over (partition by posts.post_id order by crawls.began_at, crawls.run_id) as place
    from marts.dim_post as posts
    inner join seen on posts.post_id = seen.post_id
    inner join staging.stg_landing__crawls as crawls
        on
            posts.account_id = crawls.account_id
            and posts.published_at >= crawls.read_from
            and seen.seen_at < crawls.began_at
),

unlisted as (
    select post_id, min(began_at) as gone_at
    from missed
    group by post_id
    having max(place) >= 2
)

select
    posts.post_id,
    coalesce(posts.deleted_seen_at, unlisted.gone_at) as gone_at,
    case when posts.deleted_seen_at is null then 'unlisted' else 'told' end as how
from marts.dim_post as posts
left join unlisted on posts.post_id = unlisted.post_id
where posts.deleted_seen_at is not null or unlisted.gone_at is not null
