/*
title: When each unit began, with posts at all, with short links, or on a platform
goal: tips
grain: one row per measured unit and what it began with
key: [unit_id, began_with]
missing: a unit that never began has no row
columns:
  unit_id: unit
  began_with: post (any own post, also one that was deleted later), short_link (a post with a short link of its own), or
      platform and its name (platform:threads)
  first_date: local date of the first such post
  week_start: Monday of its week
checks:
  - first_date >= week_start
*/
with

posts as (
    select
        posts.unit_id,
        posts.local_date,
        posts.platform,
        posts.ref_code
    from marts.dim_post as posts
    inner join marts.dim_unit as units on posts.unit_id = units.unit_id
    where units.is_measured
),

begun as (
    select
        unit_id,
        'post' as began_with,
        min(local_date) as first_date
    from posts
    group by all
    union all
    select
        unit_id,
        'short_link' as began_with,
        min(local_date) as first_date
    from posts
    where ref_code is not null
    group by all
    union all
    select
        unit_id,
        'platform:' || platform as began_with,
        min(local_date) as first_date
    from posts
    group by all
)

select
    unit_id,
    began_with,
    first_date,
    cast(date_trunc('week', first_date) as date) as week_start
from begun
where first_date is not null
