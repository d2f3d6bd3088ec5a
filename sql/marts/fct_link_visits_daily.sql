/*
title: Visits to the organisation's own pages through its short links, per day
grain: one row per link and local date
key: [ref_code, local_date]
missing: a link without a row on a day that the log covers (any link has a row) was not followed; other days are unknown
columns:
  ref_code: code of the short link, lower case
  local_date: calendar date in the organisation's time zone
  visits: times the link was followed; nobody is recognised, so the same person may count twice [may be summed]
checks:
  - visits >= 0
*/
select
    ref_code,
    local_date,
    visits
from staging.stg_files__link_visits
