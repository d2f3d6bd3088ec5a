/*
title: The series that counts for each metric of a post
grain: one row per post and canonical metric
key: [post_id, metric]
incremental: post_id
rests:
  news_of: marts.fct_post_snapshot
  unless: >-
    news.metric is not null and news.value is not null and not exists (
      select 1 from standing where standing.post_id = news.post_id and standing.metric = news.metric
      and standing.native_metric = news.native_metric)
missing: no row for a metric of which the post has no figure at all
columns:
  post_id: 'platform:native_id'
  metric: canonical metric
  native_metric: of the native metrics that mean it, the one with the most figures; adding two would count twice
checks:
  - post_id is not null and metric is not null and native_metric is not null
*/
with

series as (
    select
        post_id,
        metric,
        native_metric,
        cast(count(*) as bigint) as readings,
        max(observed_at) as last_at
    from marts.fct_post_snapshot
    where metric is not null and value is not null
    group by post_id, metric, native_metric
)

select
    post_id,
    metric,
    native_metric
from series
qualify row_number() over (
    partition by post_id, metric order by readings desc, last_at desc, native_metric asc
) = 1
