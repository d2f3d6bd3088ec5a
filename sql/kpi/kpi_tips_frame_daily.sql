/*
title: The cells of tips per day that there are, whatever is in them; not for readers
goal: tips
grain: one row per finished local date of the baseline and study periods, level, unit and channel
key: [local_date, level, unit_id, channel]
missing: organisation and units have a row every day, also on days that were not read; channels have a row only where
    tips came
columns:
  local_date: calendar date in the organisation's zone
  level: organisation, unit, channel (of the whole organisation) or unit_channel
  unit_id: unit valid on the day or with tips, unknown where the export does not say; null for the whole organisation
  channel: way in, unknown where the export does not say; null for all of them
  is_in_study: the day lies in the study period, else in the baseline
  is_read: all tips of the day have been read
checks:
  - is_in_study is not null and is_read is not null
*/
with

run as (
    select
        as_of,
        study_start,
        study_end
    from config.run
),

days as (
    select
        days.local_date,
        days.is_read,
        days.local_date between run.study_start and run.study_end as is_in_study
    from marts.fct_tip_day as days
    inner join seeds.calendar on days.local_date = calendar.local_date
    cross join run
    where calendar.ends_at <= run.as_of
),

tips as (
    select distinct
        local_date,
        coalesce(unit_id, 'unknown') as unit_id,
        coalesce(channel, 'unknown') as channel
    from marts.fct_tips
),

unit_days as (
    select
        units.unit_id,
        days.local_date
    from marts.dim_unit as units
    cross join days
    where
        units.is_measured
        and (units.valid_from is null or units.valid_from <= days.local_date)
        and (units.valid_to is null or units.valid_to >= days.local_date)
    union distinct
    select
        unit_id,
        local_date
    from tips
),

cells as (
    select
        local_date,
        'organisation' as level,
        cast(null as varchar) as unit_id,
        cast(null as varchar) as channel
    from days
    union all
    select
        local_date,
        'unit' as level,
        unit_id,
        cast(null as varchar) as channel
    from unit_days
    union all
    select distinct
        local_date,
        'channel' as level,
        cast(null as varchar) as unit_id,
        channel
    from tips
    union all
    select
        local_date,
        'unit_channel' as level,
        unit_id,
        channel
    from tips
)

select
    cells.local_date,
    cells.level,
    cells.unit_id,
    cells.channel,
    days.is_in_study,
    days.is_read
from cells
inner join days on cells.local_date = days.local_date
