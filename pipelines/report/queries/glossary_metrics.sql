/* What do the figures count that the organisation's platforms gave, and from when to when? Platforms with posts only;
   definitions that ended before the study period are left out. */
select
    definition.platform,
    definition.scope,
    definition.metric,
    definition.native_metric,
    definition.media_type,
    definition.valid_from,
    definition.valid_to,
    definition.definition
from published.metric_definition as definition
cross join published.organisation
where
    definition.platform in (select post.platform from published.post)
    and (definition.valid_to is null or definition.valid_to >= organisation.period_start)
    and definition.metric in (
        'views', 'impressions', 'reach_post', 'reactions', 'comments', 'shares', 'saves', 'followers'
    )
order by
    definition.platform,
    definition.scope,
    definition.metric,
    definition.valid_from nulls first,
    definition.native_metric
