/*
title: Listings of an account's posts that were read from their first page to their last
grain: one row per account, source and run
key: [account_id, source, run_id]
missing: >-
  a listing that was cut off, that an interrupted run began, or of which a post was kept aside is not here; nor are
  those of YouTube, which stand in the order of uploading and are cut by that of publishing
columns:
  account_id: 'platform:native_id'
  source: who read it
  run_id: the run that read it
  began_at: when the first page was answered, UTC
  read_from: posts published from this instant on were listed, UTC
checks:
  - began_at is not null and read_from is not null
*/
select
    account_id,
    source,
    run_id,
    min(fetched_at) as began_at,
    max(window_start) as read_from
from raw.pages
where
    source not in ('files', 'youtube')
    and (stream = 'posts' or (source = 'instagram' and stream = 'media'))
    and window_start is not null
group by all
having min(number) = 1 and bool_or(complete) and sum(rows_quarantined) = 0
