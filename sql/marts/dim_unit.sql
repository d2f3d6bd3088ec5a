/*
title: Units of the organisation
grain: one row per unit
key: [unit_id]
missing: population is null where nobody stated it; such a unit cannot weigh in a population share
columns:
  unit_id: the unit's id
  name: the unit's name
  parent_unit_id: the unit it belongs to
  population: inhabitants
  valid_from: first date it holds
  valid_to: last date it holds
  is_measured: no other unit belongs to it, so figures are given for it
checks:
  - unit_id is not null
  - is_measured is not null
*/
with

stated as (
    select unit_id, name, parent_unit_id, population, valid_from, valid_to, 1 as precedence
    from config.units
    union all
    select unit_id, name, parent_unit_id, population, valid_from, valid_to, 2 as precedence
    from staging.stg_files__units
),

-- goals.yaml speaks before a file; within one, the newest validity
ranked as (
    select
        *,
        row_number() over (
            partition by unit_id order by precedence asc, valid_from desc nulls last, name asc
        ) as place
    from stated
),

units as (
    select
        unit_id,
        min_by(name, place) as name,
        min_by(parent_unit_id, place) filter (where parent_unit_id is not null) as parent_unit_id,
        min_by(population, place) filter (where population is not null) as population,
        min_by(valid_from, place) filter (where valid_from is not null) as valid_from,
        min_by(valid_to, place) filter (where place = 1) as valid_to
    from ranked
    group by unit_id
),

parents as (
    select distinct parent_unit_id
    from units
    where parent_unit_id is not null
)

select
    units.unit_id,
    units.name,
    units.parent_unit_id,
    units.population,
    units.valid_from,
    units.valid_to,
    parents.parent_unit_id is null as is_measured
from units
left join parents on units.unit_id = parents.parent_unit_id
