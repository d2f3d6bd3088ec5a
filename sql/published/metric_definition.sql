/*
title: What every platform's figures are called, what they count, and from when to when
grain: one row per platform, scope, native metric, kind of post and definition
key: [platform, scope, native_metric, media_type, valid_from]
missing: >-
  valid_from and valid_to are null where no end is known; a native metric without a row is kept with its values and is
  of no metric of ours
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
*/
select
    platform,
    scope,
    native_metric,
    media_type,
    metric,
    definition_id,
    kind,
    unit,
    valid_from,
    valid_to,
    additive_over_posts,
    additive_over_time,
    certainty,
    definition
from seeds.metrics
order by platform, scope, native_metric, media_type, valid_from
