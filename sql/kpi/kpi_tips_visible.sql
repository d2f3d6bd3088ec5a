/*
title: Which cells of tips per day are shown, all totals considered
goal: tips
grain: one row per measure and cell of a day that was read
key: [measure, local_date, level, unit_id, channel]
missing: days not read have no row
columns:
  measure: tips, documented, or rest (the tips that are not documented)
  local_date: calendar date in the organisation's zone
  level: organisation, unit, channel (of the whole organisation) or unit_channel
  unit_id: unit; null for the whole organisation
  channel: way in; null for all of them
  value: the count, not for readers
  is_shown: neither hidden itself nor below a total that is; a day shows either its channels or its units x channels,
      both only where nothing of them is hidden
checks:
  - is_shown is not null
*/
with

cells as (
    select
        measure,
        local_date,
        level,
        unit_id,
        channel,
        value,
        is_small,
        is_hidden
    from kpi.kpi_tips_suppression
),

-- where most cells of unit x channel are small, the channels' totals are worth more than they are
modes as (
    select
        local_date,
        count(*) filter (where not is_small) > count(*) filter (where is_small) as shows_unit_channels
    from cells
    where level = 'unit_channel' and measure = 'tips'
    group by all
),

days as (
    select
        measure,
        local_date,
        is_hidden as is_day_hidden
    from cells
    where level = 'organisation'
),

units as (
    select
        cells.measure,
        cells.local_date,
        cells.unit_id,
        cells.is_hidden or days.is_day_hidden as is_unit_hidden
    from cells
    inner join days using (measure, local_date)
    where cells.level = 'unit'
),

unit_channels as (
    select
        cells.measure,
        cells.local_date,
        cells.unit_id,
        cells.channel,
        cells.is_hidden or units.is_unit_hidden or not modes.shows_unit_channels as is_cell_hidden
    from cells
    inner join units using (measure, local_date, unit_id)
    inner join modes using (local_date)
    where cells.level = 'unit_channel'
),

channels as (
    select
        measure,
        local_date,
        channel,
        bool_or(is_cell_hidden) as has_hidden_cell
    from unit_channels
    group by all
)

select
    cells.measure,
    cells.local_date,
    cells.level,
    cells.unit_id,
    cells.channel,
    cells.value,
    not case
        when cells.level = 'organisation' then cells.is_hidden
        when cells.level = 'unit' then units.is_unit_hidden
        when cells.level = 'unit_channel' then unit_channels.is_cell_hidden
        when days.is_day_hidden then true
        when modes.shows_unit_channels then channels.has_hidden_cell
        else cells.is_hidden
    end as is_shown
from cells
inner join days using (measure, local_date)
left join units using (measure, local_date, unit_id)
left join modes using (local_date)
left join unit_channels using (measure, local_date, unit_id, channel)
left join channels using (measure, local_date, channel)
