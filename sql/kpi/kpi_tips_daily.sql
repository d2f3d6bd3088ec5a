/*
title: Tips per day with small cells suppressed, and enough others that no total gives them away
goal: tips
grain: one row per finished local date, level, unit and channel
key: [local_date, level, unit_id, channel]
missing: tips and documented are null where their state is missing (day not read) or suppressed; docs/published.md says
    how suppression works; touched also where nothing is known of it
columns:
  local_date: calendar date in the organisation's zone
  level: organisation, unit, channel (of the whole organisation) or unit_channel
  unit_id: unit; null for the whole organisation
  channel: way in; null for all of them
  tips: tips received [count, may be summed over dates within a level where none is suppressed]
  state: measured, missing or suppressed; of tips
  documented: documented tips [count]; only of the whole organisation, for units have theirs over the period
  documented_state: measured, missing or suppressed; of documented
  touched: tips that appeals touched [tips, weighted]; only of the whole organisation, to a tenth
  touched_state: measured, missing or suppressed; of touched
  is_listed: the row itself may be shown; a hidden channel is not even named where its being there would say too much
checks:
  - (tips is null) = (state <> 'measured')
  - (documented is null) = (documented_state <> 'measured')
  - documented is null or tips is not null
  - (touched is null) = (touched_state <> 'measured')
  - touched is null or documented is not null
  - is_listed or tips is null
*/
with

shown as (
    select
        local_date,
        level,
        unit_id,
        channel,
        coalesce(bool_or(is_shown) filter (where measure = 'tips'), false) as is_tips_shown,
        -- tips, documented and the rest are tied by a sum: documented is shown where all three may be
        bool_and(is_shown) filter (where measure in ('tips', 'documented', 'rest')) as is_documented_shown,
        bool_and(is_shown) as is_touched_shown,
        max(value) filter (where measure = 'tips') as value
    from kpi.kpi_tips_visible
    group by all
),

-- hidden channels of one total: each of them is known to hold at least one tip, and what they hold together
hidden as (
    select
        local_date,
        level,
        unit_id,
        sum(value) - count(*) as room
    from shown
    where level in ('channel', 'unit_channel') and not is_tips_shown
    group by all
),

inner_days as (
    select
        local_date,
        bool_or(is_tips_shown) as has_shown_cell
    from shown
    where level = 'unit_channel'
    group by all
)

select
    cells.local_date,
    cells.level,
    cells.unit_id,
    cells.channel,
    case when shown.is_tips_shown then cells.tips end as tips,
    case when cells.tips is null then 'missing' when shown.is_tips_shown then 'measured' else 'suppressed' end as state,
    case when shown.is_documented_shown then cells.documented end as documented,
    case when cells.tips is null then 'missing' when shown.is_documented_shown then 'measured' else 'suppressed' end
        as documented_state,
    case when shown.is_touched_shown then round(cells.touched, 1) end as touched,
    case when cells.touched is null then 'missing' when shown.is_touched_shown then 'measured' else 'suppressed' end
        as touched_state,
    cells.channel is null
    or coalesce(shown.is_tips_shown, false)
    or (
        totals.is_tips_shown
        and hidden.room >= run.min_cell
        and (cells.level = 'channel' or inner_days.has_shown_cell)
    ) is true as is_listed
from kpi.kpi_tips_daily_cells as cells
cross join config.run
left join shown
    on
        cells.local_date = shown.local_date
        and cells.level = shown.level
        and cells.unit_id is not distinct from shown.unit_id
        and cells.channel is not distinct from shown.channel
left join shown as totals
    on
        cells.local_date = totals.local_date
        and totals.channel is null
        and cells.unit_id is not distinct from totals.unit_id
left join hidden
    on
        cells.local_date = hidden.local_date
        and cells.level = hidden.level
        and cells.unit_id is not distinct from hidden.unit_id
left join inner_days on cells.local_date = inner_days.local_date
