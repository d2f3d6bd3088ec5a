/*
title: Share of the population with an active unit, per day
goal: accessibility
grain: one row per local date of the study period, up to the last finished day
key: [local_date]
missing: value is null on a day on which no account was read (state missing), and where no unit has a population; low
    and high then hold what posts of the days before still prove, and are null where they prove nothing. Units that may
    have been active on unread days widen low to high
columns:
  local_date: calendar date in the organisation's zone
  value: population of the units seen to be active / population of all units [0-1]
  low: the share of the units seen to be active, which is certain [0-1]
  high: the share if every uncertain unit was active [0-1]
  n: units
  state: measured or missing
checks:
  - (value is null) = (state = 'missing')
  - value is null or (low <= value and value <= high and high <= 1)
*/
with

days as (
    select
        local_date,
        sum(population) as population,
        coalesce(sum(population) filter (where is_active), 0) as covered,
        coalesce(sum(population) filter (where is_active or is_uncertain), 0) as covered_at_most,
        count(*) as units,
        sum(accounts_due) > 0 and sum(accounts_read) = 0 as is_missing
    from kpi.kpi_unit_activity_daily
    group by all
),

shares as (
    select
        local_date,
        case when not is_missing then cast(covered as double) / nullif(population, 0) end as value,
        case when covered > 0 or not is_missing then cast(covered as double) / nullif(population, 0) end as low,
        case when covered > 0 or not is_missing then cast(covered_at_most as double) / nullif(population, 0) end
            as high,
        units
    from days
)

select
    local_date,
    value,
    low,
    high,
    units as n,
    case when value is null then 'missing' else 'measured' end as state
from shares
