/*
title: What was read when
grain: one row per landed page or table of a file
key: [page_id]
missing: file is null for what came over a platform's interface; complete is false for a page that was not the last of
    its crawl
columns:
  source: where it came from
  stream: what kind of objects
  account_id: whose; the source's name where there is no account
  fetched_at: when it was answered or imported, UTC
  rows_read: objects on the page, or rows in the file
  rows_stored: of those, stored
  rows_duplicate: of those, exact duplicates of what was stored already
  rows_quarantined: of those, kept aside with a reason
  complete: last page of a crawl that the platform itself ended, or a file read to its end
  file: name of the file; null for a platform
  page_id: page or table
  counts_rows: one table of each file is true, so that its rows add up to the file's
  api_version_asked: version of the interface that was asked for; null where the platform has none
  api_version_answered: version that answered; null where the platform does not say
checks:
  - rows_stored + rows_duplicate + rows_quarantined = rows_read or not counts_rows
*/
select
    source,
    stream,
    account_id,
    fetched_at,
    rows_read,
    rows_stored,
    rows_duplicate,
    rows_quarantined,
    complete,
    file,
    page_id,
    counts_rows,
    api_version_asked,
    api_version_answered
from raw.pages
order by fetched_at, page_id
