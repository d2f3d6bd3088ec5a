/*
title: Posts' figures at one fixed age, so that young posts compare with old ones
grain: one row per post and native metric
key: [post_id, native_metric]
incremental: post_id
rests:
  news_of: marts.fct_post_reading
  unless: >-
    news.verdict in ('kept', 'reset') and not exists (
      select 1 from standing where standing.post_id = news.post_id and standing.native_metric = news.native_metric
      and standing.metric = news.metric and standing.settled_at < news.observed_at)
missing: >-
  value is null where the readings on either side lie too far apart or count different things (definition), where the
  post is not that old yet, or where its publication is unknown
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  metric: canonical metric
  is_counted: the one series of its metric that may be added up
  age_hours: the age, hours after publication
  value: the figure at that age, between the two readings around it
  settled_at: >-
    first reading at that age or later, UTC; of a post whose publication is unknown the first of all; null while the
    post is younger. No later reading changes the value
checks:
  - age_hours > 0
*/
with

points as (
    select
        readings.post_id,
        readings.native_metric,
        readings.metric,
        posts.published_at,
        readings.observed_at,
        readings.value,
        coalesce(
            lag(readings.observed_at) over series,
            case when posts.published_at > readings.observed_at then readings.observed_at else posts.published_at end
        ) as before_at,
        coalesce(lag(readings.value) over series, 0) as before_value,
        coalesce(readings.definition_id <> lag(readings.definition_id) over series, false) as is_redefined
    from marts.fct_post_reading as readings
    left join marts.dim_post as posts on readings.post_id = posts.post_id
    where readings.verdict in ('kept', 'reset')
    window series as (partition by readings.post_id, readings.native_metric order by readings.observed_at)
),

aged as (
    select
        points.*,
        method.fixed_age_hours as age_hours,
        cast(epoch_us(points.observed_at) - epoch_us(points.before_at) as double) / 3600000000 as gap_hours,
        cast(epoch_us(points.before_at) - epoch_us(points.published_at) as double) / 3600000000 as from_hours,
        cast(epoch_us(points.observed_at) - epoch_us(points.published_at) as double) / 3600000000 as to_hours,
        method.imputed_gap_hours
    from points
    cross join seeds.method
),

found as (
    select
        post_id,
        native_metric,
        max(
            case
                when is_redefined or gap_hours > imputed_gap_hours then null
                when gap_hours = 0 then value
                else before_value + (value - before_value) * cast(age_hours - from_hours as double) / gap_hours
            end
        ) as value
    from aged
    where to_hours >= age_hours and from_hours < age_hours
    group by post_id, native_metric
),

series as (
    select
        post_id,
        native_metric,
        max_by(metric, observed_at) as metric,
        max(age_hours) as age_hours,
        min(observed_at) filter (where to_hours >= age_hours or published_at is null) as settled_at
    from aged
    group by post_id, native_metric
)

select
    series.post_id,
    series.native_metric,
    series.metric,
    coalesce(chosen.native_metric = series.native_metric, false) as is_counted,
    series.age_hours,
    found.value,
    series.settled_at
from series
left join found on series.post_id = found.post_id and series.native_metric = found.native_metric
left join marts.dim_post_series as chosen on series.post_id = chosen.post_id and series.metric = chosen.metric
