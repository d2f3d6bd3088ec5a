/*
title: Tips per day in every cell that may be published, before suppression; not for readers
goal: tips
grain: one row per finished local date, level, unit and channel
key: [local_date, level, unit_id, channel]
missing: tips and documented are null on a day that was not read in full; organisation and units have a row every day,
    and 0 there means read and none came; channels have a row only where tips came
columns:
  local_date: calendar date in the organisation's zone
  level: organisation, unit, channel (of the whole organisation) or unit_channel
  unit_id: unit that received the tips, unknown where the export does not say; null for the whole organisation
  channel: way in, unknown where the export does not say; null for all of them
  is_in_study: the day lies in the study period, else in the baseline
  has_appeal: an appeal of the unit (or any, for the organisation) was out, so that a 0 would say something of a case
  tips: tips received [count]
  documented: of those, tips with a post's code or an appeal's id [count]
  touched: tips that appeals touched, by their weight [tips, weighted]; null outside the study period, without a
      lag law, and until the totals count the day (kpi.kpi_tips_counted)
checks:
  - touched is null or (documented <= touched + 0.00001 and touched <= tips + 0.00001)
  - tips is null or documented <= tips
  - (tips is null) = (documented is null)
*/
with

tips as (
    select
        local_date,
        coalesce(unit_id, 'unknown') as unit_id,
        coalesce(channel, 'unknown') as channel,
        count(*) as tips,
        count(*) filter (where is_documented) as documented
    from marts.fct_tips
    group by all
),

law as (
    select bool_and(reason is null) as is_known
    from kpi.kpi_tip_lag
),

touch as (
    select
        local_date,
        coalesce(unit_id, 'unknown') as unit_id,
        coalesce(channel, 'unknown') as channel,
        -- fractions are added as decimals, so that their order cannot show
        sum(cast(weight as decimal(38, 9))) as touched
    from kpi.kpi_tip_touch
    group by all
),

counted as (
    select max(counted_to) as counted_to
    from kpi.kpi_tips_counted
    where kind = 'documented'
),

counts as (
    select
        cells.local_date,
        cells.level,
        cells.unit_id,
        cells.channel,
        cells.is_in_study,
        cells.is_read,
        sum(tips.tips) as tips,
        sum(tips.documented) as documented,
        sum(touch.touched) as touched
    from kpi.kpi_tips_frame_daily as cells
    left join tips
        on
            cells.local_date = tips.local_date
            and (cells.unit_id is null or cells.unit_id = tips.unit_id)
            and (cells.channel is null or cells.channel = tips.channel)
    left join touch
        on tips.local_date = touch.local_date and tips.unit_id = touch.unit_id and tips.channel = touch.channel
    group by all
)

select
    counts.local_date,
    counts.level,
    counts.unit_id,
    counts.channel,
    counts.is_in_study,
    live.local_date is not null as has_appeal,
    -- on a day read in full, no row means that none came
    case when counts.is_read then cast(coalesce(counts.tips, 0) as bigint) end as tips,
    case when counts.is_read then cast(coalesce(counts.documented, 0) as bigint) end as documented,
    case
        when counts.is_read and counts.is_in_study and counts.local_date <= counted.counted_to and law.is_known
            then cast(coalesce(counts.touched, 0) as double)
    end as touched
from counts
cross join law
cross join counted
left join kpi.kpi_tips_appeals_daily as live
    on counts.local_date = live.local_date and counts.unit_id is not distinct from live.unit_id
