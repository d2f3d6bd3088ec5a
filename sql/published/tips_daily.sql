/*
title: Tips per day, unit and channel
grain: one row per finished local date and unit, and per channel tips came through
key: [unit_id, local_date, channel]
missing: tips, documented and touched are null where their state is missing (day not read in full; touched also outside
    the study period, and without a lag law) or suppressed (small, or a neighbour that would give a small one away; of
    units, documented and touched always, for units have theirs over the period in published.tips_touch); 0 is shown
    only where no appeal was out. Channels of a hidden total have no row, nor have hidden channels that hold too little
    together.
columns:
  unit_id: unit that received the tips, unknown where the export does not say; null for the whole organisation
  local_date: calendar date in the organisation's zone
  channel: way in, unknown where the export does not say; null for all channels
  tips: tips received [count]
  documented: of those, tips with a post's code or an appeal's id [count]; a floor on what posts brought
  touched: tips that appeals touched, each by its weight on the attribution ladder [tips, weighted]; to a tenth
  state: of tips; measured, missing or suppressed
  documented_state: of documented; measured, missing or suppressed
  touched_state: of touched; measured, missing or suppressed
sums:
  tips: [unit_id, local_date, channel]
  documented: [unit_id, local_date, channel]
  touched: [unit_id, local_date, channel]
checks:
  - (tips is null) = (state <> 'measured')
  - (documented is null) = (documented_state <> 'measured')
  - (touched is null) = (touched_state <> 'measured')
*/
select
    unit_id,
    local_date,
    channel,
    tips,
    documented,
    touched,
    state,
    documented_state,
    touched_state
from kpi.kpi_tips_daily
where is_listed
order by local_date, unit_id, channel
