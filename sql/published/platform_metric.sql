/*
title: Which figures a platform gives, and which it does not
grain: one row per platform, scope and canonical metric that somebody has looked up
key: [platform, scope, metric]
missing: a metric without a row has not been looked up on the platform; not offered is not the same as not read
columns:
  platform: platform
  scope: post or account
  metric: canonical metric
  state: offered or not_offered
  certainty: documented, reported, assumed, or the word of an export
  note: why it is not offered, or what there is instead
checks:
  - state in ('offered', 'not_offered')
*/
with

stated as (
    select
        platform,
        scope,
        metric,
        'offered' as state,
        min(certainty) as certainty,
        cast(null as varchar) as note
    from seeds.metrics
    where platform <> '*'
    group by platform, scope, metric
    union all
    select
        platform,
        scope,
        metric,
        'not_offered' as state,
        certainty,
        note
    from seeds.not_offered
)

select
    platform,
    scope,
    metric,
    state,
    certainty,
    note
from stated
order by platform, scope, metric
