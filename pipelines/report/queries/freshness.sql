/* When was each source last read, and how old was that when the figures were made? One row per source. */
select
    log.source,
    max(log.fetched_at) as last_read_at,
    date_diff('hour', max(log.fetched_at), max(build.as_of)) as hours_old,
    count(distinct log.account_id) as accounts
from published.load_log as log
cross join published.build as build
group by log.source
order by log.source
