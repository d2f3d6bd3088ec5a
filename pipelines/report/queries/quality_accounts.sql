/* Which accounts are read, since when not, and which days are missing? One row per account that anything is known
   of. Days are those of the last 28 with a row of any figure; a day counts as missing when none of its figures
   came. An account without any figure by the day that is offered has no such days, not 0 of them. */
with

shown as (
    select cast(as_of as date) as as_of_date
    from published.build
),

known as (
    select
        account_id,
        any_value(platform) as platform,
        any_value(unit_id) as unit_id,
        count(*) as posts,
        max(published_at) as last_post_at
    from published.post
    group by account_id
),

days as (
    select daily.account_id, daily.local_date, bool_or(daily.state = 'measured') as is_measured
    from published.account_daily as daily
    cross join shown
    where daily.local_date > shown.as_of_date - 28 and daily.state <> 'not_offered'
    group by daily.account_id, daily.local_date
),

recent as (
    select
        account_id,
        count(*) filter (where is_measured) as days_measured,
        max(local_date) filter (where is_measured) as last_date
    from days
    group by account_id
),

offered as (
    select
        account_id,
        string_agg(distinct metric, ',' order by metric) filter (where state = 'not_offered') as not_offered
    from published.account_daily
    group by account_id
),

reads as (
    select account_id, max(fetched_at) as last_read_at
    from published.load_log
    where complete and account_id <> source
    group by account_id
),

accounts as (
    select account_id from known
    union distinct
    select account_id from offered
    union distinct
    select account_id from reads
    where contains(account_id, ':')
)

select
    accounts.account_id,
    coalesce(known.platform, split_part(accounts.account_id, ':', 1)) as platform,
    known.unit_id,
    known.posts,
    known.last_post_at,
    reads.last_read_at,
    recent.days_measured,
    recent.last_date,
    offered.not_offered,
    case
        when reads.last_read_at >= shown.as_of_date - 2 then 'read'
        when reads.last_read_at is not null then 'stale'
        when recent.last_date is not null or known.posts is not null then 'imported'
        else 'not_read'
    end as reading
from accounts
cross join shown
left join known on accounts.account_id = known.account_id
left join recent on accounts.account_id = recent.account_id
left join offered on accounts.account_id = offered.account_id
left join reads on accounts.account_id = reads.account_id
order by platform, known.unit_id nulls last, accounts.account_id
