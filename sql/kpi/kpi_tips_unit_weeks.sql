/*
title: Tips per unit and week, the cells that the causal estimate rests on
goal: tips
grain: one row per measured unit and week of the baseline and study periods; a week that a period ends inside has a
    row for each of them
key: [unit_id, week_start, is_study]
missing: tips is null where a day of the week was not read in full, is not counted yet (kpi.kpi_tips_counted) or the
    unit did not exist; 0 means read and none came. population is null where nobody stated it
columns:
  unit_id: unit that received the tips; tips without one, or of a unit above the measured ones, are not in any row
  week_start: Monday of the week
  is_study: the days of the row belong to the study period, else to the baseline
  first_date: first of the row's days, local
  last_date: last of the row's days, local
  population: inhabitants of the unit on the last of them
  tips: tips received on these days [count, may be summed]
  is_activity_known: all open accounts of the unit were read on all these days, so that a post would have been seen
checks:
  - tips is null or tips >= 0
  - first_date between week_start and last_date
*/
with

run as (
    select study_start, study_end
    from config.run
),

counted as (
    select max(counted_to) as counted_to
    from kpi.kpi_tips_counted
    where kind = 'received'
),

days as (
    select
        tip_days.local_date,
        -- days that the totals do not count yet are unknown to the estimate, as days to come are
        tip_days.is_read
        and (tip_days.local_date < run.study_start or tip_days.local_date <= counted.counted_to) as is_read,
        cast(date_trunc('week', tip_days.local_date) as date) as week_start,
        tip_days.local_date between run.study_start and run.study_end as is_study
    from marts.fct_tip_day as tip_days
    cross join run
    cross join counted
),

weeks as (
    select
        week_start,
        is_study,
        min(local_date) as first_date,
        max(local_date) as last_date,
        bool_and(is_read) as is_read
    from days
    group by all
),

units as (
    select
        units.unit_id,
        weeks.week_start, weeks.is_study, weeks.first_date, weeks.last_date, weeks.is_read,
        max(periods.population) filter (
            where periods.valid_to is null or periods.valid_to >= weeks.last_date
        ) as population,
        count(*) filter (where periods.valid_from is null or periods.valid_from <= weeks.first_date)
        * count(*) filter (where periods.valid_to is null or periods.valid_to >= weeks.last_date) > 0 as is_there
    from marts.dim_unit as units
    cross join weeks
    left join marts.dim_unit_period as periods
        on
            units.unit_id = periods.unit_id
            and (periods.valid_from is null or weeks.last_date >= periods.valid_from)
            and (periods.valid_to is null or weeks.first_date <= periods.valid_to)
    where units.is_measured
    group by all
),

tips as (
    select
        tips.unit_id,
        days.week_start,
        days.is_study,
        count(*) as tips
    from marts.fct_tips as tips
    inner join days on tips.local_date = days.local_date
    group by all
),

unread as (
    select distinct
        accounts.unit_id,
        days.week_start,
        days.is_study
    from marts.fct_account_coverage as coverage
    inner join marts.dim_account as accounts on coverage.account_id = accounts.account_id
    inner join days on coverage.local_date = days.local_date
    where not coverage.is_read
)

select
    units.unit_id,
    units.week_start,
    units.is_study,
    units.first_date,
    units.last_date,
    units.population,
    -- the week was read, so a unit without a row received none
    case when units.is_read and units.is_there then coalesce(tips.tips, 0) end as tips,
    unread.unit_id is null as is_activity_known
from units
left join tips
    on units.unit_id = tips.unit_id and units.week_start = tips.week_start and units.is_study = tips.is_study
left join unread
    on units.unit_id = unread.unit_id and units.week_start = unread.week_start and units.is_study = unread.is_study
