/*
title: Periods in which an account's posts were read in full
grain: one row per account, source and period read
key: [account_id, source, read_from, read_to]
missing: >-
  a crawl that was cut off is not here. read_from is null where a crawl or a canonical table had no lower bound. Days
  after the last post of a native export are not here: nobody knows whether they were quiet or left out
columns:
  account_id: 'platform:native_id'
  source: who read it
  read_from: posts published from this instant on were listed, UTC
  read_to: posts published before this instant were listed, UTC
checks:
  - account_id is not null and read_to is not null
*/
with

crawled as (
    select distinct
        account_id,
        source,
        window_start as read_from,
        least(coalesce(window_end, fetched_at), fetched_at) as read_to
    from raw.pages
    where
        complete
        and source <> 'files'
        and (stream = 'posts' or (source = 'instagram' and stream = 'media'))
),

tables as (
    select
        page_id,
        run_id,
        stream,
        window_start,
        window_end,
        accounts
    from raw.pages
    where source = 'files'
),

-- a canonical list of posts is whole until the import's last reading: who looked then would have seen a later post
looked as (
    select
        run_id,
        max(window_end) as read_to
    from tables
    where stream in ('posts', 'post_snapshots', 'account_snapshots')
    group by run_id
),

lists as (
    select
        tables.page_id,
        tables.run_id,
        tables.accounts,
        tables.window_start as read_from,
        case when tables.window_start is null then looked.read_to else tables.window_end end as read_to
    from tables
    inner join looked on tables.run_id = looked.run_id
    where tables.stream = 'posts' and tables.window_end is not null
),

members as (
    select
        unnest(accounts) as account_id,
        read_from,
        read_to
    from lists
    union all
    -- an account that came with a canonical list and has no post in it was quiet
    select
        unnest(tables.accounts) as account_id,
        lists.read_from,
        lists.read_to
    from lists
    inner join tables on lists.run_id = tables.run_id
    where tables.stream = 'accounts' and lists.read_from is null
)

select
    account_id,
    source,
    read_from,
    read_to
from crawled
union
select
    account_id,
    'files' as source,
    read_from,
    read_to
from members
