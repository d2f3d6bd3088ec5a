/*
title: Periods in which an account's posts were read in full
grain: one row per account, source and period read
key: [account_id, source, read_from, read_to]
missing: >-
  a crawl that was cut off is not here, nor are the days around a file's first and last post: nobody knows whether they
  were quiet or left out. read_from is null where a crawl had no lower bound
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
        and (source, stream) in (('facebook_pages', 'posts'), ('instagram', 'media'), ('x', 'posts'))
),

-- accounts that one file lists belong together: it speaks of all of them, also of those without a single post
listed as (
    select distinct
        account_id,
        page_id as list_id
    from raw.files__accounts
),

members as (
    select
        account_id,
        list_id
    from listed

    union all

    select distinct
        posts.account_id,
        posts.account_id as list_id
    from raw.files__posts as posts
    left join listed on posts.account_id = listed.account_id
    where listed.account_id is null
),

spans as (
    select
        members.list_id,
        min(posts.published_at) as read_from,
        max(posts.published_at) as read_to
    from members
    inner join raw.files__posts as posts on members.account_id = posts.account_id
    group by members.list_id
)

select
    account_id,
    source,
    read_from,
    read_to
from crawled
union
select
    members.account_id,
    'files' as source,
    spans.read_from,
    spans.read_to
from members
inner join spans on members.list_id = spans.list_id
