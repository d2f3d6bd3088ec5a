/*
title: Different people reached with an account's posts of a month, as bounds (METHOD section 2, reach rule)
grain: one row per account, month of publication and set of posts - all of them, or those that a KPI counts
key: [goal_id, kpi_id, account_id, month_start]
missing: >-
  an account of a platform without unique figures has no row; low is null where no post's reach was read; high is null
  where not every post's was and there is no cap
columns:
  goal_id: goal of the KPI whose posts are counted; null for all posts of the account
  kpi_id: KPI of kind unique reach; null for all posts
  account_id: account
  unit_id: unit
  platform: platform
  month_start: first day of the month the posts were published in, local
  posts: posts published in it, deleted later or not [count]
  posts_read: posts whose reach was read in definition_id [count]
  definition_id: the definition of reach that most of the posts were read in; the others count as not read
  cap: inhabitants of the unit on the month's last counted day; null where one post alone reached more
  low: reach of the widest post; no fewer people can have been reached
  high: >-
    the posts' reaches together, or the cap where that is less or where a post was not read; no more people can have
    been reached
checks:
  - low is null or high is null or low <= high
  - posts_read <= posts
*/
with

sets as (
    select
        cast(null as varchar) as goal_id, cast(null as varchar) as kpi_id, cast(null as varchar[]) as platforms, post_id
    from marts.dim_post
    union all
    select registry.goal_id, registry.kpi_id, registry.platforms, goals.post_id
    from kpi.kpi_registry as registry
    inner join marts.fct_post_goal as goals on registry.goal_id = goals.goal_id
    where registry.measure = 'unique_reach'
),

months as (
    select
        calendar.month_start,
        min(calendar.local_date) as first_date,
        max(calendar.local_date) as last_date
    from seeds.calendar
    cross join config.run
    where calendar.local_date between run.study_start and run.study_end and calendar.ends_at <= run.as_of
    group by calendar.month_start
),

due as (
    select
        sets.goal_id, sets.kpi_id, posts.post_id, posts.account_id, posts.unit_id, posts.platform,
        months.month_start, months.last_date
    from sets
    inner join marts.dim_post as posts on sets.post_id = posts.post_id
    inner join kpi.kpi_platform_metrics as offered
        on posts.platform = offered.platform and offered.metric = 'reach_post'
    inner join months on posts.local_date between months.first_date and months.last_date
    where posts.account_id is not null and (sets.platforms is null or list_contains(sets.platforms, posts.platform))
),

account_months as (
    select goal_id, kpi_id, account_id, unit_id, platform, month_start, last_date, count(*) as posts
    from due
    group by goal_id, kpi_id, account_id, unit_id, platform, month_start, last_date
),

-- the one place where uniques are added up: as the most that their union can be
defined as (
    select
        due.goal_id, due.kpi_id, due.account_id, due.platform, due.month_start, reaches.definition_id,
        count(*) as posts_read,
        sum(count(*)) over (
            partition by due.goal_id, due.kpi_id, due.platform, reaches.definition_id
        ) as posts_of_platform,
        max(reaches.reach) as widest,
        cast(sum(cast(reaches.reach as decimal(38, 9))) as double) as all_together
    from due
    inner join marts.fct_post_reach as reaches on due.post_id = reaches.post_id
    group by due.goal_id, due.kpi_id, due.account_id, due.platform, due.month_start, reaches.definition_id
),

chosen as (
    select *
    from defined
    qualify row_number() over (
        partition by goal_id, kpi_id, account_id, month_start
        order by posts_read desc, posts_of_platform desc, definition_id desc
    ) = 1
)

select
    account_months.goal_id,
    account_months.kpi_id,
    account_months.account_id,
    account_months.unit_id,
    account_months.platform,
    account_months.month_start,
    account_months.posts,
    coalesce(chosen.posts_read, 0) as posts_read,
    chosen.definition_id,
    case when coalesce(units.population >= chosen.widest, true) then units.population end as cap,
    chosen.widest as low,
    -- least() passes over a null
    least(
        case when chosen.posts_read = account_months.posts then chosen.all_together end,
        case when coalesce(units.population >= chosen.widest, true) then units.population end
    ) as high
from account_months
left join chosen
    on
        account_months.goal_id is not distinct from chosen.goal_id
        and account_months.kpi_id is not distinct from chosen.kpi_id
        and account_months.account_id = chosen.account_id
        and account_months.month_start = chosen.month_start
left join kpi.kpi_unit_days as units
    on account_months.unit_id = units.unit_id and account_months.last_date = units.local_date
