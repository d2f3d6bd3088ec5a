/*
title: Visits through own short links in imported files, newest word per link and day
grain: one row per link and date
key: [ref_code, local_date]
missing: a link and day without a row was not exported
columns:
  ref_code: code of the short link, lower case
  local_date: calendar date in the organisation's time zone
  visits: times the link was followed that day [count, may be summed]
  ingested_at: when the row became known, UTC
checks:
  - ref_code is not null and local_date is not null and visits is not null
*/
select
    lower(ref_code) as ref_code,
    local_date,
    visits,
    ingested_at
from raw.files__link_visits
qualify row_number() over (
    partition by lower(ref_code), local_date order by ingested_at desc, page_id desc, row_hash asc
) = 1
