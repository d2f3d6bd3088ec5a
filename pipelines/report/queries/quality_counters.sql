/* How far are the counters that platforms display from the lists they count? */
select
    platform,
    native_metric,
    checks,
    complete_checks,
    wrong_checks,
    wrong_ratio,
    displayed,
    listed,
    largest_difference,
    last_checked_at
from published.counter_check
order by platform, native_metric
