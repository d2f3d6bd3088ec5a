"""Drift: has what a figure means changed under an unchanged name? The newest, beside what was before."""

from __future__ import annotations

from pipelines.quality.expectations import Suite, none_found

_AT_ONE_AGE = """
    with aged as (
        select
            posts.platform,
            figures.native_metric,
            posts.published_at,
            figures.value,
            max(posts.published_at) over (partition by posts.platform, figures.native_metric) as newest_at
        from checked as figures
        inner join marts.dim_post as posts on figures.post_id = posts.post_id
        where figures.value is not null
    ),
    sized as (
        select
            platform, native_metric, log10(1 + greatest(value, 0)) as size, value = 0 as is_zero,
            published_at > newest_at - interval 28 day as is_new
        from aged
        where published_at > newest_at - interval 208 day
    ),
    compared as (
        select
            count(*) filter (where is_new) as new_posts,
            count(*) filter (where not is_new) as old_posts,
            median(size) filter (where is_new) - median(size) filter (where not is_new) as shift,
            quantile_cont(size, 0.75) filter (where is_new)
            - quantile_cont(size, 0.25) filter (where is_new) as new_spread,
            quantile_cont(size, 0.75) filter (where not is_new)
            - quantile_cont(size, 0.25) filter (where not is_new) as old_spread,
            avg(is_zero::integer) filter (where is_new) as new_zeros,
            avg(is_zero::integer) filter (where not is_new) as old_zeros
        from sized
        group by platform, native_metric
        having new_posts >= 20 and old_posts >= 60
    )
"""
"""Posts of the newest 28 days and of the 180 before, by platform and native metric, at one fixed age: a post that is a
day old has less than one that is a year old, and no drift has happened."""

VALUE_AT_AGE = Suite(
    kind="drift",
    table="marts.fct_post_value_at_age",
    expectations=(
        none_found(
            "no metric moves by an order of magnitude",
            f"""{_AT_ONE_AGE}
            select 1 from compared
            where
                abs(shift) >= 1
                and abs(shift) > 3 * 0.929 * sqrt(pow(new_spread, 2) / new_posts + pow(old_spread, 2) / old_posts)
            """,
        ).warns(
            "Medians of logarithms, because posts' figures are skewed and one viral post must not move them. A factor "
            "of ten is no fashion but another definition, a unit or a doubled series. It must be three standard "
            "errors of the medians (0.929 x interquartile range / root of n) beside, so that few or scattered posts "
            "do not cry wolf."
        ),
        none_found(
            "no metric turns to zeros",
            f"""{_AT_ONE_AGE}
            select 1 from compared
            where
                new_zeros - old_zeros > 0.25
                and new_zeros - old_zeros > 4 * sqrt(
                    (new_zeros * new_posts + old_zeros * old_posts) / (new_posts + old_posts)
                    * (1 - (new_zeros * new_posts + old_zeros * old_posts) / (new_posts + old_posts))
                    * (1.0 / new_posts + 1.0 / old_posts)
                )
            """,
        ).warns(
            "A platform that no longer counts may answer 0 instead of nothing, and 0 would be believed. A quarter of "
            "all posts more than before, and four standard errors of the difference of two shares."
        ),
    ),
)


def _share(condition: str) -> str:
    return f"""
    with dated as (
        select
            readings.platform,
            readings.native_metric,
            readings.observed_at,
            {condition} as is_it,
            max(readings.observed_at) over (partition by readings.platform) as newest_at
        from checked as readings
    )
    select 1
    from dated
    where observed_at > newest_at - interval 35 day
    group by platform, native_metric
    having
        count(*) filter (where observed_at > newest_at - interval 7 day) >= 50
        and count(*) filter (where observed_at <= newest_at - interval 7 day) >= 50
        and avg(is_it::integer) filter (where observed_at > newest_at - interval 7 day)
        - avg(is_it::integer) filter (where observed_at <= newest_at - interval 7 day) > 0.25
    """


SNAPSHOT = Suite(
    kind="drift",
    table="marts.fct_post_snapshot",
    expectations=(
        none_found("no metric loses its figures", _share("readings.value is null")).warns(
            "Readings without a figure, of all in a week, a quarter more than in the four weeks before: a right or a "
            "metric is going. Readings of one post hang together, so a plain difference is asked for and no test of "
            "significance."
        ),
        none_found("no metric stops being offered", _share("readings.status = 'not_offered'")).warns(
            "The platform says so itself, for a quarter of the readings more than in the four weeks before: retired, "
            "or no longer given to this kind of account. published.metric_status says which."
        ),
    ),
)

ACCOUNT_DAILY = Suite(
    kind="drift",
    table="marts.fct_account_daily",
    expectations=(
        none_found(
            "no level of an account jumps tenfold from one reading to the next",
            """
            select 1
            from checked as days cross join config.run
            where
                days.net_change is not null
                and days.local_date >= cast(run.as_of at time zone run.timezone as date) - 7
                and days.value - days.net_change >= 100
                and not days.value between (days.value - days.net_change) / 10 and (days.value - days.net_change) * 10
            """,
        ).warns(
            "No account of a hundred followers has a thousand the next day, or ten: another account, or another figure."
        ),
    ),
)

SUITES = (VALUE_AT_AGE, SNAPSHOT, ACCOUNT_DAILY)
