/*
title: How far displayed counters are from the lists they count
grain: one row per platform and native metric that was compared
key: [platform, native_metric]
missing: >-
  a platform without a row gives no lists, or is not read; compared figures are null where no list of the sample was
  whole
columns:
  platform: platform
  native_metric: the platform's own name
  checks: comparisons tried, of posts drawn at random
  complete_checks: those whose list was read to its end while the counter stood still
  wrong_checks: those of them in which counter and list differ
  wrong_ratio: wrong_checks / complete_checks, from 0 to 1
  displayed: sum of the counters in the complete checks
  listed: sum of the lists in the complete checks
  largest_difference: displayed less listed where it is farthest from zero; below zero the counter has lost something
  first_checked_at: first comparison, UTC
  last_checked_at: newest comparison, UTC
sums:
  checks: [platform, native_metric]
  complete_checks: [platform, native_metric]
  wrong_checks: [platform, native_metric]
checks:
  - checks >= complete_checks and (complete_checks = 0) = (wrong_ratio is null)
*/
with

told as (
    select
        platform,
        native_metric,
        count(*) as checks,
        count(difference) as complete_checks,
        count(case when difference <> 0 then 1 end) as wrong_checks,
        sum(case when is_complete then displayed end) as displayed,
        sum(case when is_complete then listed end) as listed,
        max(difference) as most,
        min(difference) as least,
        min(checked_at) as first_checked_at,
        max(checked_at) as last_checked_at
    from marts.fct_counter_check
    group by platform, native_metric
)

select
    platform,
    native_metric,
    checks,
    complete_checks,
    wrong_checks,
    wrong_checks / nullif(complete_checks, 0) as wrong_ratio,
    cast(displayed as bigint) as displayed,
    cast(listed as bigint) as listed,
    case when abs(least) > most then least else most end as largest_difference,
    first_checked_at,
    last_checked_at
from told
order by platform, native_metric
