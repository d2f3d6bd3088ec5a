/*
title: Bridges from impressions to views, measured where both were read
grain: one row per platform with readings that carry both
key: [platform]
missing: low and high are null with fewer than two posts; a platform without an overlap has no row, and no bridge
columns:
  platform: platform
  factor: views per impression over the readings that carry both
  low: lower end of its interval (cluster bootstrap over posts)
  high: upper end of its interval
  posts: posts in the overlap
  days: days with a reading in the overlap
  is_usable: >-
    at least 28 days and 30 posts, and a half-width of at most 5 % of the factor; only then does a value come over it,
    and is flagged is_bridged
  old_metric: what is multiplied
  new_metric: what it then stands for
*/
select
    platform,
    factor,
    low,
    high,
    posts,
    days,
    is_usable,
    'impressions' as old_metric,
    'views' as new_metric
from kpi.kpi_bridges
order by platform
