/*
title: What each day added to a post's counters
grain: one row per post, native metric and local date
key: [post_id, native_metric, local_date]
incremental: post_id
tail: {by: local_date, of_days: true}
missing: >-
  no row for a day that no pair of readings covers; 0 means covered and nothing added. What belongs to no day is in
  fct_post_unallocated. Only counters and reversible counters are here: a unique figure has no days
columns:
  post_id: 'platform:native_id'
  account_id: the account
  unit_id: the unit
  platform: the platform
  native_metric: the platform's own name
  metric: canonical metric
  is_counted: the one series of its metric that may be added up; another with the same meaning would count twice
  local_date: calendar date in the organisation's time zone
  gain: added that day, not below 0 [may be summed over dates and posts]
  correction: taken back that day, not above 0 [may be summed over dates and posts]
  is_imputed: some of the gain comes from readings so far apart that the day is a guess
  is_incomplete: the day was not over at the last reading; more may be added to it
checks:
  - local_date is not null
  - gain >= 0
  - correction <= 0
*/
with

intervals as (
    select
        post_id, native_metric, metric, from_at, to_at, amount, treatment, is_imputed,
        treatment = 'gain' and from_at < to_at as is_spread,
        cast(from_at as date) as from_date, cast(to_at as date) as to_date
    from marts.fct_post_metric_interval
    where treatment <> 'unallocated' and (amount <> 0 or from_at < to_at)
),

-- which local days each stretch between two UTC dates may meet, so that intervals find theirs by equality
met as (
    select stretches.from_date, stretches.to_date, calendar.local_date, calendar.starts_at, calendar.ends_at
    from (select distinct from_date, to_date from intervals) as stretches
    inner join seeds.calendar
        on
            calendar.starts_at < cast(stretches.to_date + interval 1 day as timestamptz)
            and calendar.ends_at > cast(stretches.from_date as timestamptz)
),

-- by elapsed time, so that a day of 23 or 25 hours gets its true share
spread as (
    select
        intervals.post_id, intervals.native_metric, intervals.metric, intervals.is_imputed,
        calendar.local_date, calendar.ends_at,
        intervals.amount * cast(
            epoch_us(least(intervals.to_at, calendar.ends_at))
            - epoch_us(greatest(intervals.from_at, calendar.starts_at)) as double
        ) / (epoch_us(intervals.to_at) - epoch_us(intervals.from_at)) as gain,
        cast(0 as double) as correction
    from intervals
    inner join met as calendar on intervals.from_date = calendar.from_date and intervals.to_date = calendar.to_date
    where intervals.is_spread and intervals.from_at < calendar.ends_at and intervals.to_at > calendar.starts_at
),

booked as (
    select
        intervals.post_id, intervals.native_metric, intervals.metric, intervals.is_imputed,
        calendar.local_date, calendar.ends_at,
        case when intervals.treatment = 'gain' then intervals.amount else 0 end as gain,
        case when intervals.treatment = 'correction' then intervals.amount else 0 end as correction
    from intervals
    inner join met as calendar on intervals.from_date = calendar.from_date and intervals.to_date = calendar.to_date
    where not intervals.is_spread and intervals.to_at >= calendar.starts_at and intervals.to_at < calendar.ends_at
),

parts as (
    select * from spread
    union all
    select * from booked
),

days as (
    select
        post_id, native_metric, local_date,
        max(metric) as metric,
        max(ends_at) as ends_at,
        -- over decimals: a sum of fractions must not depend on the order of its parts
        cast(sum(cast(gain as decimal(38, 9))) as double) as gain,
        cast(sum(cast(correction as decimal(38, 9))) as double) as correction,
        bool_or(is_imputed) as is_imputed
    from parts
    group by post_id, native_metric, local_date
),

ends as (
    select post_id, native_metric, max(to_at) as last_at
    from marts.fct_post_metric_interval
    group by post_id, native_metric
)

select
    days.post_id,
    posts.account_id,
    posts.unit_id,
    coalesce(posts.platform, lower(split_part(days.post_id, ':', 1))) as platform,
    days.native_metric,
    days.metric,
    coalesce(series.native_metric = days.native_metric, false) as is_counted,
    days.local_date,
    days.gain,
    days.correction,
    days.is_imputed,
    days.ends_at > ends.last_at as is_incomplete
from days
inner join ends on days.post_id = ends.post_id and days.native_metric = ends.native_metric
left join marts.dim_post as posts on days.post_id = posts.post_id
left join marts.dim_post_series as series on days.post_id = series.post_id and days.metric = series.metric
