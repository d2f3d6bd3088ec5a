/*
title: Which units were active on which day
goal: accessibility
grain: one row per measured unit and local date of the study period, up to the last finished day
key: [unit_id, local_date]
missing: a unit with an unread account-day in its window is uncertain unless posts prove it active; accounts_due is 0
    for a unit without accounts, which is then known to be inactive
columns:
  unit_id: leaf unit, valid on the day
  local_date: calendar date in the organisation's zone
  population: inhabitants
  posts: own posts published in the window of the active rule, this day included, deleted later or not
  is_active: at least as many posts as the active rule asks for
  is_uncertain: not seen to be active, and an account-day of the window was not read
  accounts_due: accounts open on the day
  accounts_read: of those, accounts read on the day
checks:
  - accounts_read <= accounts_due
  - not (is_active and is_uncertain)
*/
with

run as (
    select
        active_min_posts,
        active_within_days
    from config.run
),

units as (
    select
        unit_id,
        local_date,
        population
    from kpi.kpi_unit_days
),

coverage as (
    select
        accounts.unit_id,
        coverage.local_date,
        count(*) as accounts_due,
        count(*) filter (where coverage.is_read) as accounts_read
    from marts.fct_account_coverage as coverage
    inner join marts.dim_account as accounts on coverage.account_id = accounts.account_id
    group by all
),

post_days as (
    select
        unit_id,
        local_date,
        count(*) as posts
    from marts.dim_post
    group by all
),

posts as (
    select
        units.unit_id,
        units.local_date,
        sum(post_days.posts) as posts
    from units
    cross join run
    inner join post_days
        on
            units.unit_id = post_days.unit_id
            and date_diff('day', post_days.local_date, units.local_date) between 0 and run.active_within_days - 1
    group by all
),

gaps as (
    select
        units.unit_id,
        units.local_date,
        count(*) as unread_days
    from units
    cross join run
    inner join coverage
        on
            units.unit_id = coverage.unit_id
            and date_diff('day', coverage.local_date, units.local_date) between 0 and run.active_within_days - 1
    where coverage.accounts_read < coverage.accounts_due
    group by all
)

select
    units.unit_id,
    units.local_date,
    units.population,
    cast(coalesce(posts.posts, 0) as bigint) as posts,
    coalesce(posts.posts, 0) >= run.active_min_posts as is_active,
    coalesce(posts.posts, 0) < run.active_min_posts and coalesce(gaps.unread_days, 0) > 0 as is_uncertain,
    coalesce(coverage.accounts_due, 0) as accounts_due,
    coalesce(coverage.accounts_read, 0) as accounts_read
from units
cross join run
left join posts on units.unit_id = posts.unit_id and units.local_date = posts.local_date
left join gaps on units.unit_id = gaps.unit_id and units.local_date = gaps.local_date
left join coverage on units.unit_id = coverage.unit_id and units.local_date = coverage.local_date
