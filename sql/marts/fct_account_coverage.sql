/*
title: Days on which an account's posts were read in full
grain: one row per account and local date
key: [account_id, local_date]
missing: is_read is false for a day not read to its end; whether the account posted on it is unknown
columns:
  account_id: 'platform:native_id'
  local_date: calendar date in the organisation's time zone, while the account was open
  is_read: all posts published that day have been listed
checks:
  - is_read is not null
*/
with

began as (
    select min(starts_at) as starts_at
    from seeds.calendar
),

windows as (
    select
        windows.account_id,
        coalesce(windows.read_from, began.starts_at) as read_from,
        windows.read_to
    from staging.stg_landing__read_windows as windows
    cross join began
),

reaching as (
    select
        *,
        max(read_to) over (
            partition by account_id order by read_from, read_to rows between unbounded preceding and 1 preceding
        ) as reached
    from windows
),

-- windows that meet are one: a day may have been read half in one and half in the next
stretches as (
    select
        *,
        sum(case when reached is null or read_from > reached then 1 else 0 end) over (
            partition by account_id order by read_from, read_to rows between unbounded preceding and current row
        ) as stretch
    from reaching
),

joined as (
    select
        account_id,
        min(read_from) as read_from,
        max(read_to) as read_to
    from stretches
    group by account_id, stretch
),

days as (
    select
        accounts.account_id,
        calendar.local_date,
        calendar.starts_at,
        calendar.ends_at
    from marts.dim_account as accounts
    cross join seeds.calendar
    where
        (accounts.opened_at is null or accounts.opened_at < calendar.ends_at)
        and (accounts.closed_at is null or accounts.closed_at > calendar.starts_at)
)

select
    days.account_id,
    days.local_date,
    bool_or(joined.account_id is not null) as is_read
from days
left join joined
    on
        days.account_id = joined.account_id
        and days.starts_at >= joined.read_from
        and days.ends_at <= joined.read_to
group by days.account_id, days.local_date
