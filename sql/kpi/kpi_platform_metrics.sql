/*
title: Canonical metrics that each platform's posts can have, by the catalogue
grain: one row per platform of a post or of the catalogue, and canonical metric
key: [platform, metric]
missing: a platform that the catalogue does not name gets the metrics of its row "*", which stands for any platform
columns:
  platform: platform
  metric: canonical metric of posts
checks:
  - platform is not null and metric is not null
*/
with

named as (
    select distinct platform
    from seeds.metrics
    where platform <> '*'
),

others as (
    select distinct posts.platform
    from marts.dim_post as posts
    left join named on posts.platform = named.platform
    where named.platform is null
)

select
    platform,
    metric
from seeds.metrics
where platform <> '*' and scope = 'post'
group by all
union all
select
    others.platform,
    metrics.metric
from others
cross join seeds.metrics as metrics
where metrics.platform = '*' and metrics.scope = 'post'
group by all
