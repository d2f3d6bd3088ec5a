/* Where did a platform begin to count something else? Platforms with posts only, newest break first. */
select
    breaks.platform,
    breaks.scope,
    breaks.media_type,
    breaks.old_metric,
    breaks.metric,
    breaks.break_date,
    breaks.old_definition,
    breaks.new_definition, breaks.bridge_factor
from published.series_break as breaks
where breaks.platform in (select post.platform from published.post)
order by breaks.break_date desc, breaks.platform asc, breaks.scope asc, breaks.metric asc
