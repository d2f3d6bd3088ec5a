/*
title: Days whose tips imported files hold to the end
grain: one row per local date read in full
key: [local_date]
missing: a date that is not here was not read, or not to its end; it is unknown, not quiet
columns:
  local_date: calendar date in the organisation's time zone
checks:
  - local_date is not null
*/
with

windows as (
    select distinct
        window_start as read_from,
        window_end as read_to
    from raw.pages
    where source = 'files' and stream = 'tips' and complete and window_start is not null and window_end is not null
),

reaching as (
    select
        read_from,
        read_to,
        max(read_to) over (
            order by read_from, read_to rows between unbounded preceding and 1 preceding
        ) as reached
    from windows
),

-- windows that meet are one: a day may have been read half in one and half in the next
stretches as (
    select
        read_from,
        read_to,
        sum(case when reached is null or read_from > reached then 1 else 0 end) over (
            order by read_from, read_to rows between unbounded preceding and current row
        ) as stretch
    from reaching
),

joined as (
    select
        min(read_from) as read_from,
        max(read_to) as read_to
    from stretches
    group by stretch
)

select distinct calendar.local_date
from seeds.calendar
inner join joined on calendar.starts_at >= joined.read_from and calendar.ends_at <= joined.read_to
