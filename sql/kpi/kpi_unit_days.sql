/*
title: Measured units on each day of the study period
grain: one row per unit that holds on the day, and that no other unit belongs to on it, and finished local date
key: [unit_id, local_date]
missing: population is null where nobody stated it; such a unit cannot weigh in a population share
columns:
  unit_id: unit
  local_date: calendar date in the organisation's zone
  population: inhabitants on the day
*/
with

units as (
    select
        units.unit_id,
        units.parent_unit_id,
        units.population,
        calendar.local_date
    from marts.dim_unit_period as units
    cross join config.run
    inner join seeds.calendar
        on
            (units.valid_from is null or units.valid_from <= calendar.local_date)
            and (units.valid_to is null or units.valid_to >= calendar.local_date)
    where calendar.local_date between run.study_start and run.study_end and calendar.ends_at <= run.as_of
),

parents as (
    select distinct
        parent_unit_id as unit_id,
        local_date
    from units
    where parent_unit_id is not null
)

select
    units.unit_id,
    units.local_date,
    units.population
from units
left join parents on units.unit_id = parents.unit_id and units.local_date = parents.local_date
where parents.unit_id is null
