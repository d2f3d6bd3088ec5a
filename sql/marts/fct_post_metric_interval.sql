/*
title: What each pair of readings says was added to a post's counter
grain: one row per post, native metric and reading that counts, with the one before it
key: [post_id, native_metric, to_at]
incremental: post_id
tail:
  by: to_at
  since: from_at
  begins: 'true'
  series: [post_id, native_metric]
missing: >-
  from_at is null where nobody knows when the post was published; nothing is said before the first reading but what the
  post's birth at zero says, and nothing after the last
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  metric: canonical metric
  from_at: the reading before, or the publication, UTC
  to_at: the reading, UTC
  amount: what was added in between, signed
  treatment: gain (goes to the days in between), correction (goes to the day of the reading) or unallocated (to no day)
  reason: >-
    reset for a counter that began again; before_tracking, gap or series_break (the metric's definition changed in
    between) for what is unallocated
  is_imputed: the readings lie so far apart that the days between are a guess
checks:
  - treatment in ('gain', 'correction', 'unallocated')
  - (treatment = 'unallocated') = coalesce(reason in ('before_tracking', 'gap', 'series_break'), false)
  - treatment <> 'gain' or amount >= 0
  - treatment <> 'correction' or amount < 0
  - from_at is null or from_at <= to_at
*/
with

counted as (
    select
        readings.post_id,
        readings.native_metric,
        readings.metric,
        readings.observed_at,
        readings.value,
        readings.verdict,
        posts.published_at,
        lag(readings.observed_at) over series as before_at,
        lag(readings.value) over series as before_value,
        readings.definition_id <> lag(readings.definition_id) over series as is_redefined
    from marts.fct_post_reading as readings
    left join marts.dim_post as posts on readings.post_id = posts.post_id
    where readings.verdict in ('kept', 'reset')
    window series as (partition by readings.post_id, readings.native_metric order by readings.observed_at)
),

-- a post is born with zero; a reading dated before its post (clocks differ) has no time for its amount
paired as (
    select
        *,
        before_at is null as is_first,
        case
            when before_at is not null then before_at
            when published_at > observed_at then observed_at
            else published_at
        end as from_at,
        case when before_at is null or verdict = 'reset' then value else value - before_value end as amount
    from counted
),

measured as (
    select
        *,
        cast(epoch_us(observed_at) - epoch_us(from_at) as double) / 3600000000 as hours
    from paired
)

select
    measured.post_id,
    measured.native_metric,
    measured.metric,
    measured.from_at,
    measured.observed_at as to_at,
    measured.amount,
    case
        when measured.is_first and (measured.from_at is null or measured.hours > method.unallocated_gap_hours)
            then 'unallocated'
        when measured.is_redefined then 'unallocated'
        when measured.amount < 0 then 'correction'
        when measured.hours > method.unallocated_gap_hours then 'unallocated'
        else 'gain'
    end as treatment,
    case
        when measured.is_first and (measured.from_at is null or measured.hours > method.unallocated_gap_hours)
            then 'before_tracking'
        when measured.is_redefined then 'series_break'
        when measured.amount < 0 then null
        when measured.hours > method.unallocated_gap_hours then 'gap'
        when measured.verdict = 'reset' then 'reset'
    end as reason,
    measured.amount >= 0 and not coalesce(measured.is_redefined, false) and coalesce(
        measured.hours > method.imputed_gap_hours and measured.hours <= method.unallocated_gap_hours, false
    ) as is_imputed
from measured
cross join seeds.method
