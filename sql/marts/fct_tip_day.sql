/*
title: Days of the periods, and whether their tips were read in full
grain: one row per local date of the baseline and study periods
key: [local_date]
missing: is_read is false for a day not read to its end, whose tips are unknown and not zero
columns:
  local_date: calendar date in the organisation's time zone
  is_read: all tips of the day have been read
checks:
  - is_read is not null
*/
with

read_days as (
    select local_date
    from staging.stg_tips__tip_days
    union
    select local_date
    from staging.stg_files__tip_days
)

select
    calendar.local_date,
    read_days.local_date is not null as is_read
from seeds.calendar
cross join config.run
left join read_days on calendar.local_date = read_days.local_date
where
    calendar.local_date between run.study_start and run.study_end
    or calendar.local_date between run.baseline_start and run.baseline_end
