/*
title: Tips per day, unit and channel
grain: one row per finished local date and unit, and per channel tips came through
key: [unit_id, local_date, channel]
missing: tips, documented and touched are null where their state is missing (day not read in full; touched until its
    method exists) or suppressed (small, or a neighbour that would give a small one away); 0 is shown only where no
    appeal was out. Where a total is hidden its channels have no row.
columns:
  unit_id: unit that received the tips, unknown where the export does not say; null for the whole organisation
  local_date: calendar date in the organisation's zone
  channel: way in, unknown where the export does not say; null for all channels
  tips: tips received [count]
  documented: of those, tips with a post's code or an appeal's id [count]; a floor on what posts brought
  touched: tips that posts had a part in [count]; null until attribution is computed
  state: of tips; measured, missing or suppressed
  documented_state: of documented; measured, missing or suppressed
  touched_state: of touched; missing
checks:
  - (tips is null) = (state <> 'measured')
  - (documented is null) = (documented_state <> 'measured')
  - (touched is null) = (touched_state <> 'measured')
*/
with

totals as (
    select
        local_date,
        unit_id,
        state
    from kpi.kpi_tips_daily
    where level in ('organisation', 'unit')
)

select
    tips.unit_id,
    tips.local_date,
    tips.channel,
    tips.tips,
    tips.documented,
    cast(null as bigint) as touched,
    tips.state,
    tips.documented_state,
    'missing' as touched_state
from kpi.kpi_tips_daily as tips
inner join totals
    on tips.local_date = totals.local_date and tips.unit_id is not distinct from totals.unit_id
where tips.channel is null or totals.state = 'measured'
order by tips.local_date, tips.unit_id, tips.channel
