/*
title: Which cells of tips per day may not be shown beside their total
goal: tips
grain: one row per measure and cell of a day that was read
key: [measure, local_date, level, unit_id, channel]
missing: days not read have no row, for they have nothing to hide
columns:
  measure: tips, documented, or rest (the tips that are not documented)
  local_date: calendar date in the organisation's zone
  level: organisation, unit, channel (of the whole organisation) or unit_channel
  unit_id: unit; null for the whole organisation
  channel: way in; null for all of them
  value: the count, not for readers
  is_small: below the threshold and above 0, or a 0 while an appeal was out
  is_hidden: small, or hidden beside a small one of the same total (the day's units or channels, a unit's channels, a
      period's days), smallest first, until at least two and together twice the threshold are hidden
checks:
  - is_hidden or not is_small
*/
with

run as (
    -- three is the lowest that any disclosure rule in use goes
    select greatest(min_cell, 3) as min_cell
    from config.run
),

cells as (
    select
        local_date,
        level,
        unit_id,
        channel,
        has_appeal,
        tips,
        documented,
        case level
            when 'organisation' then cast(is_in_study as varchar)
            when 'unit_channel' then cast(local_date as varchar) || ' ' || unit_id
            else cast(local_date as varchar)
        end as total_of
    from kpi.kpi_tips_daily_cells
    where tips is not null
),

measured as (
    select
        cells.*,
        'tips' as measure,
        cells.tips as value,
        cells.tips < run.min_cell and (cells.tips > 0 or cells.has_appeal) as is_small
    from cells
    cross join run
    union all
    select
        cells.*,
        'documented' as measure,
        cells.documented as value,
        cells.documented < run.min_cell and (cells.documented > 0 or cells.has_appeal) as is_small
    from cells
    cross join run
    union all
    select
        cells.*,
        'rest' as measure,
        cells.tips - cells.documented as value,
        cells.tips - cells.documented between 1 and run.min_cell - 1 as is_small
    from cells
    cross join run
),

ordered as (
    select
        *,
        value = 0 and not is_small as is_known_zero,
        bool_or(is_small) over (partition by measure, level, total_of) as has_small,
        row_number() over (
            partition by measure, level, total_of
            order by value = 0 and not is_small, value, local_date, unit_id, channel
        ) as place,
        sum(value) over (
            partition by measure, level, total_of
            order by value = 0 and not is_small, value, local_date, unit_id, channel
            rows between unbounded preceding and current row
        ) - value as smaller
    from measured
)

select
    ordered.measure,
    ordered.local_date,
    ordered.level,
    ordered.unit_id,
    ordered.channel,
    ordered.value,
    ordered.is_small,
    ordered.is_small or (
        ordered.has_small
        and (ordered.place <= 2 or (not ordered.is_known_zero and ordered.smaller < 2 * run.min_cell))
    ) as is_hidden
from ordered
cross join run
