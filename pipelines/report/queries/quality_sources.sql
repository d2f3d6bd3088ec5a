/* How fresh is each source, how much came, and how much was kept aside? One row per source and stream. */
select
    log.source,
    log.stream,
    max(log.fetched_at) as last_read_at,
    date_diff('hour', max(log.fetched_at), max(build.as_of)) as hours_old,
    sum(log.rows_stored) as rows_stored,
    sum(log.rows_quarantined) - sum(log.rows_replayed) as rows_kept_aside,
    string_agg(distinct log.api_version_asked, ',' order by log.api_version_asked) as version_asked,
    string_agg(distinct log.api_version_answered, ',' order by log.api_version_answered) as version_answered
from published.load_log as log
cross join published.build
group by log.source, log.stream
order by log.source, log.stream
