/*
title: Every local date with its opening hours, and the open seconds before it
grain: one row per local date of the calendar
key: [local_date]
missing: opens_at and closes_at are null on a day without hours; no row without a calendar in goals.yaml
columns:
  local_date: date in the organisation's time zone
  starts_at: its first instant, UTC
  ends_at: the next day's first instant, UTC
  opens_at: when somebody begins to be there, UTC
  closes_at: when they have left, UTC
  open_s: seconds between the two, as they pass [s]
  open_s_before: open seconds of all days before, so that a span's are a difference of two [s]
checks:
  - open_s >= 0 and open_s_before >= 0
*/
with

days as (
    select
        calendar.local_date,
        calendar.starts_at,
        calendar.ends_at,
        hours.opens_at,
        hours.closes_at,
        -- a day without hours adds none
        coalesce(date_diff('second', hours.opens_at, hours.closes_at), 0) as open_s
    from seeds.calendar
    left join config.business_hours as hours on calendar.local_date = hours.local_date
    where exists (select 1 as found from config.business_hours)
)

select
    local_date,
    starts_at,
    ends_at,
    opens_at,
    closes_at,
    open_s,
    cast(sum(open_s) over (order by local_date) - open_s as bigint) as open_s_before
from days
