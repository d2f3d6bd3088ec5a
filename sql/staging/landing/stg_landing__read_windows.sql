/*
title: Periods in which an account's posts were read in full
grain: one row per account, source and period read
key: [account_id, source, read_from, read_to]
missing: read_from is null where the crawl had no lower bound; a crawl that was cut off is not here
columns:
  account_id: 'platform:native_id'
  source: who read it
  read_from: posts published from this instant on were listed, UTC
  read_to: posts published before this instant were listed, UTC
checks:
  - account_id is not null and read_to is not null
*/
with

pages as (
    select
        page_id, run_id, source, account_id,
        window_start as read_from,
        least(coalesce(window_end, fetched_at), fetched_at) as read_to
    from raw.pages
    where
        complete
        and (source, stream) in (
            ('facebook_pages', 'posts'), ('instagram', 'media'), ('x', 'posts'), ('files', 'posts')
        )
),

-- a file has no account of its own: its rows name them
in_files as (
    select distinct
        page_id,
        run_id,
        account_id
    from raw.files__posts
),

-- an account that an import lists without a single post was quiet, not forgotten
quiet as (
    select distinct
        accounts.account_id,
        pages.page_id
    from raw.files__accounts as accounts
    inner join pages on accounts.run_id = pages.run_id and pages.source = 'files'
    left join in_files on accounts.account_id = in_files.account_id and accounts.run_id = in_files.run_id
    where in_files.account_id is null
),

accounts as (
    select page_id, account_id
    from pages
    where source <> 'files'
    union all
    select page_id, account_id
    from in_files
    union all
    select page_id, account_id
    from quiet
)

select distinct
    accounts.account_id,
    pages.source,
    pages.read_from,
    pages.read_to
from pages
inner join accounts on pages.page_id = accounts.page_id
where pages.source <> 'files' or pages.read_from is not null
