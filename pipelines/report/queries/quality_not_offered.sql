/* Which figures do the platforms not give at all, and which have they refused? Platforms with posts only. */
with

used as (
    select distinct platform from published.post
)

select
    metrics.platform,
    metrics.scope,
    metrics.metric,
    metrics.certainty as word,
    metrics.note,
    cast(null as timestamptz) as since
from published.platform_metric as metrics
inner join used on metrics.platform = used.platform
where metrics.state = 'not_offered'
union all
select
    status.platform,
    status.scope,
    status.native_metric,
    'refused' as word,
    status.reason as note,
    status.not_offered_since as since
from published.metric_status as status
where status.back_since is null
order by 1, 2, 3
