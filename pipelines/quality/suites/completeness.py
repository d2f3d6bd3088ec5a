"""Completeness: was what is due read, and does what was not read stay unknown instead of becoming a zero?"""

from __future__ import annotations

from pipelines.quality.expectations import Suite, none_found

_TODAY = "cast(run.as_of at time zone run.timezone as date)"

_READ_OVER_AN_INTERFACE = """
    days.account_id in (select account_id from config.accounts)
    and days.account_id in (select account_id from raw.pages where file is null)
"""
"""Accounts that are read day by day; those that came with a file alone have no schedule to keep."""

COVERAGE = Suite(
    kind="completeness",
    table="marts.fct_account_coverage",
    expectations=(
        none_found(
            "of the last 28 days as many were read as a verdict needs",
            f"""
            select 1
            from checked as days cross join config.run
            where days.local_date between {_TODAY} - 28 and {_TODAY} - 1 and {_READ_OVER_AN_INTERFACE}
            group by run.min_completeness
            having avg(days.is_read::integer) < run.min_completeness
            """,
        ).warns(
            "Days of accounts read of those expected. Below verdict.min_completeness of goals.yaml no KPI gets a "
            "verdict."
        ),
        none_found(
            "no account is unread for a week",
            f"""
            select 1
            from checked as days cross join config.run
            where days.local_date between {_TODAY} - 7 and {_TODAY} - 1 and {_READ_OVER_AN_INTERFACE}
            group by days.account_id
            having not bool_or(days.is_read)
            """,
        ).warns("After a week counters' gains belong to no day any more (METHOD, section 3)."),
    ),
)

TIP_DAYS = Suite(
    kind="completeness",
    table="marts.fct_tip_day",
    expectations=(
        none_found(
            "of the study's days so far, tips of as many were read as a verdict needs",
            f"""
            select 1
            from checked as days cross join config.run
            where days.local_date between run.study_start and least(run.study_end, {_TODAY} - 1)
                and exists (select 1 from checked where is_read)
            group by run.min_completeness
            having avg(days.is_read::integer) < run.min_completeness
            """,
        ).warns("Below verdict.min_completeness of goals.yaml no KPI of tips gets a verdict: import the missing days."),
    ),
)

TIPS = Suite(
    kind="completeness",
    table="marts.fct_tips",
    expectations=(
        none_found(
            "every tip is on a day that was read in full",
            "select 1 as unread from checked as tips "
            "inner join marts.fct_tip_day as days on tips.local_date = days.local_date where days.is_read is not true",
        ).warns("The day's export was cut off, so the day counts as missing although tips of it are known."),
    ),
)

POST_DAILY = Suite(
    kind="completeness",
    table="marts.fct_post_daily",
    expectations=(
        none_found(
            "no day within a gap has a figure",
            """
            select 1
            from checked as days
            inner join marts.fct_post_unallocated as gaps
                on days.post_id = gaps.post_id and days.native_metric = gaps.native_metric
            cross join config.run
            where
                gaps.reason = 'gap'
                and days.local_date > cast(gaps.from_at at time zone run.timezone as date)
                and days.local_date < cast(gaps.to_at at time zone run.timezone as date)
            """,
        ).because("Nobody looked on such a day: its figure is unknown, not 0, and what was gained belongs to no day."),
    ),
)

TIPS_DAILY = Suite(
    kind="completeness",
    table="published.tips_daily",
    expectations=(
        none_found(
            "no day that was not read in full has a number of tips",
            "select 1 from checked as days inner join marts.fct_tip_day as read on days.local_date = read.local_date "
            "where not read.is_read and days.tips is not null",
        ).because("A day that was not read is unknown, and never 0."),
    ),
)

KPI_DAILY = Suite(
    kind="completeness",
    table="published.kpi_daily",
    expectations=(
        none_found(
            "no day whose tips were not read has a KPI of tips",
            "select 1 from checked as days inner join marts.fct_tip_day as read on days.local_date = read.local_date "
            "where days.kpi_id in ('tips', 'tips_documented') and not read.is_read and days.value is not null",
        ).because("A day that was not read is unknown, and never 0."),
    ),
)

SCORECARD = Suite(
    kind="completeness",
    table="published.goal_scorecard",
    expectations=(
        none_found(
            "met and not met rest on data that is complete enough",
            "select 1 from checked as cards, config.run where cards.verdict in ('met', 'not_met') "
            "and coalesce(cards.completeness < run.min_completeness, true)",
        ).because("METHOD, section 4.1: below verdict.min_completeness the evidence is insufficient."),
        none_found(
            "missing data is given as the reason where data is missing",
            "select 1 from checked as cards, config.run where cards.completeness < run.min_completeness "
            "and cards.verdict is not null and not contains(cards.reasons, 'missing_data') "
            "and not contains(cards.reasons, 'not_computed')",
        ).because("Whoever reads the verdict must see why there is none."),
    ),
)

GOAL_VERDICT = Suite(
    kind="completeness",
    table="published.goal_verdict",
    expectations=(
        none_found(
            "a goal is met only where every primary KPI is met",
            """
            select 1
            from checked as goals inner join published.goal_scorecard as cards on goals.goal_id = cards.goal_id
            where cards.is_primary and cards.unit_id is null and goals.verdict = 'met'
            group by goals.goal_id, cards.kpi_id
            having not bool_or(coalesce(cards.verdict = 'met', false))
            """,
        ).because(
            "METHOD, section 4.1. A primary KPI without evidence leaves its goal without one; of several kinds of "
            "sample one is enough."
        ),
    ),
)

SUITES = (COVERAGE, TIP_DAYS, TIPS, POST_DAILY, TIPS_DAILY, KPI_DAILY, SCORECARD, GOAL_VERDICT)
