"""Platforms' own totals against our sums: where a platform tells the whole and the parts, they are held together."""

from __future__ import annotations

from pipelines.quality.expectations import Suite, none_found

COUNTER_CHECK = Suite(
    kind="totals",
    table="marts.fct_counter_check",
    expectations=(
        none_found(
            "at most one displayed counter in ten is far from its list",
            """
            select 1
            from checked as checks cross join config.run
            where checks.is_complete and checks.checked_at >= run.as_of - interval 28 day
            group by checks.platform
            having
                count(*) >= 20
                and avg((abs(checks.difference) > greatest(2, 0.05 * checks.listed))::integer) > 0.1
            """,
        ).warns(
            "Displayed counters lose updates (a few in a hundred were seen to be off by one or two); beyond that the "
            "platform's counters do not say what happened. Twenty lists, so that two bad ones are no tenth."
        ),
    ),
)

POSTS = Suite(
    kind="totals",
    table="marts.dim_post",
    expectations=(
        none_found(
            "no account has more posts than its platform says",
            """
            with told as (
                select account_id, max(local_date) as told_on, arg_max(value, local_date) as posts
                from marts.fct_account_daily
                where metric = 'posts_published' and value is not null
                group by account_id
            )
            select 1
            from checked as posts
            inner join told on posts.account_id = told.account_id
            where posts.deleted_seen_at is null and posts.local_date <= told.told_on
            group by posts.account_id
            having count(*) > 1.05 * any_value(told.posts) + 5
            """,
        ).warns(
            "The platform's number also holds replies and reposts, so ours is the smaller one; more means posts that "
            "are counted twice, or deletions that were not seen. A twentieth and five are what platforms' own "
            "counters are off."
        ),
    ),
)

ACCOUNT_DAILY = Suite(
    kind="totals",
    table="marts.fct_account_daily",
    expectations=(
        none_found(
            "posts have no more views than the platform gives their account",
            """
            with accounts as (
                select account_id, local_date, value
                from checked
                where metric = 'views' and state = 'measured'
                qualify local_date > max(local_date) over (partition by account_id, metric) - 28
            ),
            posts as (
                select account_id, local_date, sum(gain) as gain
                from marts.fct_post_daily
                where metric = 'views' and is_counted
                group by all
            )
            select 1
            from accounts inner join posts using (account_id, local_date)
            group by account_id
            having count(*) >= 14 and sum(gain) > 1.25 * sum(value) + 100
            """,
        ).warns(
            "An account's views hold those of its posts, and more. Over at least 14 of 28 days, because the "
            "platform's days end at other hours than ours; a quarter, because each side is revised on its own. Beyond "
            "it a series is counted twice."
        ),
    ),
)

SUITES = (COUNTER_CHECK, POSTS, ACCOUNT_DAILY)
