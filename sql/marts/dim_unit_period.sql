/*
title: Units of the organisation by the days they hold, with their inhabitants of that time
grain: one row per unit and validity; the validities of a unit do not overlap
key: [unit_id, valid_from]
missing: >-
  population is null where nobody stated it; valid_from is null where the unit holds from the beginning, valid_to where
  it holds still
columns:
  unit_id: the unit's id
  name: the unit's name
  parent_unit_id: the unit it belongs to in these days
  population: inhabitants in these days
  valid_from: first date it holds
  valid_to: last date it holds
checks:
  - unit_id is not null
  - valid_from is null or valid_to is null or valid_from <= valid_to
*/
with

ended as (
    select
        unit_id,
        name,
        parent_unit_id,
        population,
        valid_from,
        -- a row holds until the next one begins, whether it says so or not; least() passes over a null
        cast(
            least(
                valid_to,
                lead(valid_from) over (partition by unit_id order by valid_from asc nulls first) - interval 1 day
            ) as date
        ) as valid_to
    from staging.stg_files__units
),

files as (
    select *
    from ended
    where valid_from is null or valid_to is null or valid_from <= valid_to
),

-- goals.yaml speaks before a file: on the days it states, and on what it states of the unit
stated as (
    select
        units.unit_id,
        coalesce(units.name, files.name) as name,
        coalesce(units.parent_unit_id, files.parent_unit_id) as parent_unit_id,
        coalesce(units.population, files.population) as population,
        units.valid_from as stated_from,
        units.valid_to as stated_to,
        files.valid_from,
        files.valid_to
    from config.units
    left join files
        on
            units.unit_id = files.unit_id
            and (units.valid_from is null or files.valid_to is null or units.valid_from <= files.valid_to)
            and (units.valid_to is null or files.valid_from is null or units.valid_to >= files.valid_from)
    union all
    select
        files.unit_id,
        files.name,
        files.parent_unit_id,
        files.population,
        cast(null as date) as stated_from,
        cast(null as date) as stated_to,
        files.valid_from,
        files.valid_to
    from files
    left join config.units on files.unit_id = units.unit_id
    where units.unit_id is null
),

placed as (
    select
        *,
        row_number() over (partition by unit_id order by valid_from asc nulls first) as place,
        count(*) over (partition by unit_id) as places
    from stated
)

select
    unit_id,
    name,
    parent_unit_id,
    population,
    case when place = 1 then coalesce(stated_from, valid_from) else valid_from end as valid_from,
    case when place = places then coalesce(stated_to, valid_to) else valid_to end as valid_to
from placed
