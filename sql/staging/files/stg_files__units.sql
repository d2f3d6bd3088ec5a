/*
title: Units in imported files
grain: one row per unit and validity
key: [unit_id, valid_from]
missing: population is null where the file did not say; valid_from and valid_to are null where open
columns:
  unit_id: the unit's id
  name: the unit's name
  parent_unit_id: the unit it belongs to
  population: inhabitants
  valid_from: first date it holds
  valid_to: last date it holds
  ingested_at: when the row became known, UTC
checks:
  - unit_id is not null
*/
select
    unit_id,
    name,
    parent_unit_id,
    population,
    valid_from,
    valid_to,
    ingested_at
from raw.files__units
qualify row_number() over (partition by unit_id, valid_from order by ingested_at desc, page_id desc, row_hash asc) = 1
