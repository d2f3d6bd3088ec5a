/*
title: Units of the organisation, by name
grain: one row per unit
key: [unit_id]
missing: population is null where nobody stated it, parent_unit_id at the top, a date where no end is known
columns:
  unit_id: unit, as in the other tables
  name: its name, as goals.yaml or the file of units writes it
  parent_unit_id: unit it belongs to
  population: inhabitants
  valid_from: first date it holds
  valid_to: last date it holds
  is_measured: no other unit belongs to it, so figures are given for it
*/
select
    unit_id,
    name,
    parent_unit_id,
    population,
    valid_from,
    valid_to,
    is_measured
from marts.dim_unit
order by unit_id
