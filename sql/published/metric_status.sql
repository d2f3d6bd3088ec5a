/*
title: Metrics that a platform has refused, since when, and whether they came back
grain: one row per platform, scope, native metric and kind of post that was refused to any account
key: [platform, scope, native_metric, media_type]
missing: >-
  a metric that was never refused is not here; back_since is null while an account is still refused it, closed_on while
  any account still gets it. Days and posts after closed_on have state not_offered: neither missing nor zero
columns:
  platform: the platform
  scope: post or account
  native_metric: the platform's own name
  media_type: kind of post, lower case; empty where the metric is one of all posts
  accounts: how many accounts are refused it now
  not_offered_since: since when the first of them is, or was before it came back, UTC
  last_asked_at: when the platform was asked last, UTC; a refused metric is asked for once a day
  reason: the platform's word
  back_since: since when it is given again, UTC
  closed_on: date (UTC) from which nobody was given it any more
*/
select
    platform,
    scope,
    native_metric,
    media_type,
    accounts,
    not_offered_since,
    last_asked_at,
    reason,
    back_since,
    closed_on
from marts.dim_metric_status
order by platform, scope, native_metric, media_type
