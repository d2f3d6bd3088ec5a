/*
title: What every platform's figures are called, what they count, and from when to when
grain: one row per platform, scope, native metric, kind of post and definition
key: [platform, scope, native_metric, media_type, valid_from]
missing: >-
  valid_from and valid_to are null where no end is known; closed_on is null while any account is given the metric; a
  native metric without a row is kept with its values and is of no metric of ours
columns:
  platform: platform; '*' is any that has no row of its own for the native metric
  scope: post or account
  native_metric: the platform's own name
  media_type: short (YouTube's Shorts), other (all but these), or null for all posts
  metric: canonical metric
  definition_id: what the figures count; figures of two definitions are not comparable without a bridge
  kind: counter (only grows), reversible (may fall), unique (different accounts, never added), gauge (a level) or event
  unit: unit
  valid_from: first date it holds
  valid_to: last date it holds
  additive_over_posts: may be summed over posts or accounts
  additive_over_time: may be summed over days
  certainty: documented by the platform, reported by others, or the word of an export
  definition: what it counts
  closed_on: date (UTC) from which no account of ours was given it any more, as read
*/
with

closed as (
    select platform, scope, native_metric, max(closed_on) as closed_on
    from marts.dim_metric_status
    group by platform, scope, native_metric
)

select
    metrics.platform,
    metrics.scope,
    metrics.native_metric,
    metrics.media_type,
    metrics.metric,
    metrics.definition_id,
    metrics.kind,
    metrics.unit,
    metrics.valid_from,
    metrics.valid_to,
    metrics.additive_over_posts,
    metrics.additive_over_time,
    metrics.certainty,
    metrics.definition,
    case when metrics.valid_to is null then closed.closed_on end as closed_on
from seeds.metrics
left join closed
    on
        metrics.platform = closed.platform
        and metrics.scope = closed.scope
        and metrics.native_metric = closed.native_metric
order by metrics.platform, metrics.scope, metrics.native_metric, metrics.media_type, metrics.valid_from
