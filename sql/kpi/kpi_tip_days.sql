/*
title: The days whose tips the attribution ladder looks at
goal: tips
grain: one row per local date from the first to the last day of the periods, without a hole; of a study period that
    still runs, to the last day that its totals count (kpi.kpi_tips_counted)
key: [local_date]
missing: is_read is false for a day that was not read, or lies in neither period
columns:
  local_date: calendar date in the organisation's zone
  starts_at: its beginning, UTC
  ends_at: its end, UTC
  is_read: all tips of the day have been read
  is_in_study: the day lies in the study period
checks:
  - is_read is not null and is_in_study is not null
*/
with

span as (
    select
        min(local_date) as first_date,
        max(local_date) as last_date
    from marts.fct_tip_day
),

counted as (
    select max(counted_to) as counted_to
    from kpi.kpi_tips_counted
    where kind = 'documented'
)

select
    calendar.local_date,
    calendar.starts_at,
    calendar.ends_at,
    coalesce(days.is_read, false) as is_read,
    calendar.local_date between run.study_start and run.study_end as is_in_study
from seeds.calendar
cross join span
cross join config.run
cross join counted
left join marts.fct_tip_day as days on calendar.local_date = days.local_date
where
    calendar.local_date between span.first_date and span.last_date
    and (calendar.local_date < run.study_start or calendar.local_date <= counted.counted_to)
