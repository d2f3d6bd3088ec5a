/*
title: Of how many of the posts that P2 counts the reach was read
goal: prevention
grain: one row per KPI of unique reach with posts
key: [goal_id, kpi_id]
missing: a KPI without posts on a platform with unique figures has no row; its completeness is not known
columns:
  goal_id: goal
  kpi_id: KPI
  posts_due: posts of the goal on platforms with unique figures, published in the period [count]
  posts_read: of those, posts whose reach was read in the definition most of their account's month was [count]
  has_break: months of one platform were read in different definitions of reach
checks:
  - posts_read <= posts_due
*/
with

platforms as (
    select
        goal_id,
        kpi_id,
        sum(posts) as posts_due,
        sum(posts_read) as posts_read,
        count(distinct definition_id) > 1 as has_break
    from kpi.kpi_account_reach_bounds
    where kpi_id is not null
    group by goal_id, kpi_id, platform
)

select
    goal_id,
    kpi_id,
    cast(sum(posts_due) as bigint) as posts_due,
    cast(sum(posts_read) as bigint) as posts_read,
    bool_or(has_break) as has_break
from platforms
group by goal_id, kpi_id
