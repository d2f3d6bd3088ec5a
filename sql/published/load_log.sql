/*
title: What was read when
grain: one row per landed page or table of a file
key: [page_id]
missing: >-
  file is null for what came over a platform's interface; complete is false for a page that was not the last of
  its crawl. rows_replayed is 0 where nothing was kept aside, or nothing of it has been read again.
  rows_read, rows_stored and rows_duplicate are null for tips, for a page of them may be a small day's count
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
  rows_replayed: of those kept aside, read again since by a replay, or by importing the file again
sums:
  rows_read: [page_id]
  rows_stored: [page_id]
  rows_duplicate: [page_id]
  rows_quarantined: [page_id]
  rows_replayed: [page_id]
checks:
  - rows_read is null or rows_stored + rows_duplicate + rows_quarantined = rows_read or not counts_rows
  - rows_replayed <= rows_quarantined
*/
with

replayed as (
    select
        page_id,
        count(*) as rows
    from raw.quarantine
    where replayed_at is not null
    group by page_id
)

select
    pages.source,
    pages.stream,
    pages.account_id,
    pages.fetched_at,
    case when pages.stream <> 'tips' then pages.rows_read end as rows_read,
    case when pages.stream <> 'tips' then pages.rows_stored end as rows_stored,
    case when pages.stream <> 'tips' then pages.rows_duplicate end as rows_duplicate,
    pages.rows_quarantined,
    pages.complete,
    -- where it lay on the machine that imported it is nobody else's business
    regexp_extract(pages.file, '[^/\\]+$') as file,
    pages.page_id,
    pages.counts_rows,
    pages.api_version_asked,
    pages.api_version_answered,
    coalesce(replayed.rows, 0) as rows_replayed
from raw.pages as pages
left join replayed on pages.page_id = replayed.page_id
order by pages.fetched_at, pages.page_id
