/*
title: Posts' counters, and the law that nothing is lost
grain: one row per post and native metric
key: [post_id, native_metric]
incremental: post_id
missing: last_value is null where no reading counts yet; the tail after the last reading is not known
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  metric: canonical metric
  is_counted: the one series of its metric that may be added up
  last_value: newest figure that counts
  last_observed_at: when it held, UTC
  reset_loss: level that was lost each time the counter began again, in all
  gain: given to days, in all
  correction: taken back on days, in all
  unallocated: given to no day, in all
  flags: >-
    what befell it, sorted: deleted, glitch_dropped, pending_collapse, publication_unknown, reading_after_calendar,
    reset; null where nothing did
checks:
  - >-
    abs(coalesce(gain, 0) + coalesce(correction, 0) + coalesce(unallocated, 0) - coalesce(last_value, 0)
    - coalesce(reset_loss, 0)) <= 0.000001 * (1 + abs(coalesce(last_value, 0)) + coalesce(reset_loss, 0)
    + coalesce(gain, 0))
*/
with

series as (
    select
        post_id, native_metric,
        max_by(metric, observed_at) as metric,
        max_by(value, observed_at) filter (where verdict in ('kept', 'reset')) as last_value,
        max(observed_at) filter (where verdict in ('kept', 'reset')) as last_observed_at,
        bool_or(verdict = 'reset') as is_reset
    from marts.fct_post_reading
    group by post_id, native_metric
),

-- most series never begin again, and need no look at the figure before
counted as (
    select
        readings.post_id, readings.native_metric, readings.verdict,
        lag(readings.value) over (
            partition by readings.post_id, readings.native_metric order by readings.observed_at
        ) as before_value
    from marts.fct_post_reading as readings
    inner join series on readings.post_id = series.post_id and readings.native_metric = series.native_metric
    where series.is_reset and readings.verdict in ('kept', 'reset')
),

lost as (
    select post_id, native_metric, cast(sum(cast(before_value as decimal(38, 9))) as double) as reset_loss
    from counted
    where verdict = 'reset'
    group by post_id, native_metric
),

given as (
    select
        post_id, native_metric,
        cast(sum(cast(gain as decimal(38, 9))) as double) as gain,
        cast(sum(cast(correction as decimal(38, 9))) as double) as correction
    from marts.fct_post_daily
    group by post_id, native_metric
),

kept_back as (
    select post_id, native_metric, cast(sum(cast(amount as decimal(38, 9))) as double) as unallocated
    from marts.fct_post_unallocated
    group by post_id, native_metric
),

befell as (
    select
        post_id,
        native_metric,
        case verdict
            when 'glitch' then 'glitch_dropped'
            when 'pending' then 'pending_collapse'
            when 'later' then 'reading_after_calendar'
            else verdict
        end as flag
    from marts.fct_post_reading
    where verdict <> 'kept'
    union
    select series.post_id, series.native_metric, 'deleted' as flag
    from series
    inner join marts.dim_post as posts on series.post_id = posts.post_id
    where posts.deleted_seen_at is not null
    union
    select post_id, native_metric, 'publication_unknown' as flag
    from marts.fct_post_metric_interval
    where from_at is null
),

flagged as (
    select post_id, native_metric, list_sort(array_agg(flag)) as flags
    from befell
    group by post_id, native_metric
)

select
    series.post_id,
    series.native_metric,
    series.metric,
    coalesce(chosen.native_metric = series.native_metric, false) as is_counted,
    series.last_value,
    series.last_observed_at,
    case when series.last_observed_at is not null then coalesce(lost.reset_loss, 0) end as reset_loss,
    given.gain,
    given.correction,
    kept_back.unallocated,
    flagged.flags
from series
left join lost on series.post_id = lost.post_id and series.native_metric = lost.native_metric
left join given on series.post_id = given.post_id and series.native_metric = given.native_metric
left join kept_back on series.post_id = kept_back.post_id and series.native_metric = kept_back.native_metric
left join flagged on series.post_id = flagged.post_id and series.native_metric = flagged.native_metric
left join marts.dim_post_series as chosen on series.post_id = chosen.post_id and series.metric = chosen.metric
