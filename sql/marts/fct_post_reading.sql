/*
title: Figures of posts' counters, judged
grain: one row per post, native metric and instant
key: [post_id, native_metric, observed_at]
incremental: post_id
tail:
  by: observed_at
  begins: verdict = 'kept'
  series: [post_id, native_metric, definition_id]
  takes: kind in ('counter', 'reversible') and value is not null
missing: a reading without a figure is not here; missing is not zero
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  metric: canonical metric
  definition_id: what the figure counts; a figure is judged against those of its own definition
  observed_at: when the figure held, UTC
  value: the lifetime figure
  verdict: >-
    kept; reset (the counter began again from zero); glitch (a low figure that the next one took back); pending (a low
    figure that nothing has confirmed yet); later (dated after the last day of the calendar)
checks:
  - verdict in ('kept', 'reset', 'glitch', 'pending', 'later')
  - value is not null
*/
with

days as (
    select max(ends_at) as ends_at
    from seeds.calendar
),

figures as (
    select
        readings.post_id, readings.native_metric, readings.metric, readings.kind, readings.definition_id,
        readings.observed_at, readings.value, readings.observed_at >= days.ends_at as is_later
    from marts.fct_post_snapshot as readings
    cross join days
    where readings.kind in ('counter', 'reversible') and readings.value is not null
),

-- A run of zeros is one fall: every zero of it is held against the figure before the run and the one after it. With
-- that, the figure before is the last kept one, and no step depends on another (docs/decisions/0001-counters.md).
neighbours as (
    select
        *,
        lag(value) over series as before,
        case
            when value = 0 then lag(nullif(value, 0) ignore nulls) over series
            else lag(value) over series
        end as level,
        case
            when value = 0 then lead(nullif(value, 0) ignore nulls) over series
            else lead(value) over series
        end as after
    from figures
    where not is_later
    window series as (partition by post_id, native_metric, definition_id order by observed_at)
),

judged as (
    select
        neighbours.*,
        case
            when neighbours.kind <> 'counter' then 'kept'
            when neighbours.level is null or neighbours.level < method.collapse_min_level then 'kept'
            when neighbours.value >= method.collapse_ratio * neighbours.level then 'kept'
            when neighbours.after is null then 'pending'
            when neighbours.after >= method.collapse_ratio * neighbours.level then 'glitch'
            when neighbours.value = 0 and neighbours.before = 0 then 'kept'
            else 'reset'
        end as verdict
    from neighbours
    cross join seeds.method
)

select post_id, native_metric, metric, definition_id, observed_at, value, verdict
from judged
union all
select post_id, native_metric, metric, definition_id, observed_at, value, 'later' as verdict
from figures
where is_later
