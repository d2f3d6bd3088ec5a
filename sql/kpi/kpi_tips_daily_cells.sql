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
  has_appeal: the unit (or any, for the organisation) published an appeal within the window of the active rule, so
      that a 0 would say something about a case
  tips: tips received [count]
  documented: of those, tips with a post's code or an appeal's id [count]
checks:
  - tips is null or documented <= tips
  - (tips is null) = (documented is null)
*/
with

run as (
    select
        as_of,
        study_start,
        study_end,
        active_within_days
    from config.run
),

tips_goal as (
    select goal_id
    from config.goals
    where ref_pattern is not null or case_pattern is not null
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
    select
        tips.local_date,
        coalesce(tips.unit_id, 'unknown') as unit_id,
        coalesce(tips.channel, 'unknown') as channel,
        count(*) as tips,
        count(*) filter (where tips.is_documented) as documented
    from marts.fct_tips as tips
    group by all
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
),

appeal_days as (
    select distinct
        posts.unit_id,
        posts.local_date
    from marts.dim_post as posts
    inner join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    inner join tips_goal on goals.goal_id = tips_goal.goal_id
),

unit_live as (
    select distinct
        appeal_days.unit_id,
        days.local_date
    from days
    cross join run
    inner join appeal_days
        on date_diff('day', appeal_days.local_date, days.local_date) between 0 and run.active_within_days - 1
),

-- an appeal without a known unit is one of the organisation's all the same
live as (
    select
        unit_id,
        local_date
    from unit_live
    where unit_id is not null
    union distinct
    select
        cast(null as varchar) as unit_id,
        local_date
    from unit_live
),

counts as (
    select
        cells.local_date,
        cells.level,
        cells.unit_id,
        cells.channel,
        sum(tips.tips) as tips,
        sum(tips.documented) as documented
    from cells
    left join tips
        on
            cells.local_date = tips.local_date
            and (cells.unit_id is null or cells.unit_id = tips.unit_id)
            and (cells.channel is null or cells.channel = tips.channel)
    group by all
)

select
    counts.local_date,
    counts.level,
    counts.unit_id,
    counts.channel,
    days.is_in_study,
    live.local_date is not null as has_appeal,
    -- on a day read in full, no row means that none came
    case when days.is_read then cast(coalesce(counts.tips, 0) as bigint) end as tips,
    case when days.is_read then cast(coalesce(counts.documented, 0) as bigint) end as documented
from counts
inner join days on counts.local_date = days.local_date
left join live on counts.local_date = live.local_date and counts.unit_id is not distinct from live.unit_id
