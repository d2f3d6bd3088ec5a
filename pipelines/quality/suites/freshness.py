"""Freshness: is what stands as young as the run says? Against `config.run.as_of`, never against the wall clock."""

from __future__ import annotations

from pipelines.quality.expectations import Suite, none_found

_TODAY = "cast(run.as_of at time zone run.timezone as date)"

_READ_LATELY = """
    read_lately as (
        select distinct lower(split_part(pages.account_id, ':', 1)) as platform
        from raw.pages as pages cross join config.run
        where pages.file is null and pages.rows_stored > 0 and pages.fetched_at >= run.as_of - interval 2 day
    )
"""

PAGES = Suite(
    kind="freshness",
    table="raw.pages",
    expectations=(
        none_found(
            "every source was read in the last two days",
            "select 1 as late from checked as pages, config.run where pages.file is null "
            "group by pages.source, config.run.as_of having max(pages.fetched_at) < config.run.as_of - interval 2 day",
        ).warns("Sources are read daily; after two days a pull was missed, and counters that grew since have a gap."),
        none_found(
            "every account of goals.yaml was read in the last three days",
            """
            select 1
            from config.accounts as accounts
            cross join config.run
            left join checked as pages on accounts.account_id = pages.account_id and pages.file is null
            where
                coalesce(accounts.closed_at > run.as_of, true)
                and accounts.platform in (
                    select lower(split_part(account_id, ':', 1)) from checked
                    where file is null and fetched_at >= run.as_of - interval 3 day
                )
            group by accounts.account_id, run.as_of
            having coalesce(max(pages.fetched_at) < run.as_of - interval 3 day, true)
            """,
        ).warns(
            "Others on its platform were: its rights are gone, or its id is wrong. Three days survive a weekend's "
            "fault."
        ),
        none_found(
            "nothing was read after the run began to count",
            "select 1 from checked as pages, config.run where pages.fetched_at > run.as_of + interval 1 hour",
        ).warns("A page from the future: a clock is wrong, by more than the hour that clocks are allowed to differ."),
    ),
)

TIP_DAYS = Suite(
    kind="freshness",
    table="marts.fct_tip_day",
    expectations=(
        none_found(
            "tips were read up to three days ago",
            f"""
            with reached as (
                select max(local_date) filter (where is_read) as newest, max(local_date) as last_due from checked
            )
            select 1 from reached, config.run where newest < least(last_due, {_TODAY}) - 3
            """,
        ).warns("The intake exports every night; after three days the export has stopped, and days are missing."),
    ),
)


def _of_this_run(table: str) -> Suite:
    return Suite(
        kind="freshness",
        table=table,
        expectations=(
            none_found(
                "it stands for this run's instant",
                "select 1 from checked as cards, config.run where cards.as_of is distinct from run.as_of",
            ).because("A table left from an earlier run would be published beside newer ones."),
        ),
    )


SCORECARD = _of_this_run("published.goal_scorecard")
GOAL_VERDICT = _of_this_run("published.goal_verdict")
BUILD = _of_this_run("published.build")

LOAD_LOG = Suite(
    kind="freshness",
    table="published.load_log",
    expectations=(
        none_found(
            "the newest page that was loaded is in it",
            "select 1 from (select max(fetched_at) as newest from checked) as told, (select max(fetched_at) as newest "
            "from raw.pages) as loaded where told.newest is distinct from loaded.newest",
        ).because("Readers would be told less than what the figures rest on."),
    ),
)


def _none_to_come(table: str, says: str, column: str) -> Suite:
    return Suite(
        kind="freshness",
        table=table,
        expectations=(
            none_found(
                says, f"select 1 from checked as told cross join config.run where told.{column} > run.as_of"
            ).because("It cannot have happened: a clock or a time zone is wrong, and days would be wrong with it."),
        ),
    )


READINGS = _none_to_come("marts.fct_post_snapshot", "no reading is from the future", "observed_at")
TIPS = _none_to_come("marts.fct_tips", "no tip is from the future", "received_at")
QUESTIONS = _none_to_come("marts.fct_response_time", "no question is from the future", "asked_at")

POST_METRIC_DAILY = Suite(
    kind="freshness",
    table="published.post_metric_daily",
    expectations=(
        none_found(
            "days reach to four days ago on every platform whose posts are read",
            f"""
            with read_posts as (
                select readings.platform
                from marts.fct_post_snapshot as readings cross join config.run
                where readings.value is not null
                group by readings.platform, run.as_of
                having
                    max(readings.observed_at) >= run.as_of - interval 2 day
                    and min(readings.observed_at) < run.as_of - interval 7 day
            )
            select 1
            from checked as days
            inner join marts.dim_post as posts on days.post_id = posts.post_id
            inner join read_posts on posts.platform = read_posts.platform
            cross join config.run
            group by posts.platform, run.as_of, run.timezone
            having max(days.local_date) < {_TODAY} - 4
            """,
        ).warns(
            "Readings come and no day follows from them: they lie more than a week apart, or no post is young any more."
        ),
    ),
)

ACCOUNT_DAILY = Suite(
    kind="freshness",
    table="published.account_daily",
    expectations=(
        none_found(
            "figures reach to five days ago on every platform that is read",
            f"""
            with {_READ_LATELY}
            select 1
            from checked as days
            inner join read_lately on lower(split_part(days.account_id, ':', 1)) = read_lately.platform
            cross join config.run
            where days.state = 'measured'
            group by read_lately.platform, run.as_of, run.timezone
            having max(days.local_date) < {_TODAY} - 5
            """,
        ).warns(
            "Platforms settle a day's figures within three days (METHOD, section 2); five allow for a missed pull."
        ),
    ),
)

KPI_DAILY = Suite(
    kind="freshness",
    table="published.kpi_daily",
    expectations=(
        none_found(
            "no day lies after the run's instant",
            f"select 1 from checked as days, config.run where days.local_date > {_TODAY}",
        ).because("A day that has not been cannot have a figure."),
    ),
)

SUITES = (
    PAGES, TIP_DAYS, READINGS, TIPS, QUESTIONS, SCORECARD, GOAL_VERDICT, BUILD, LOAD_LOG, POST_METRIC_DAILY,
    ACCOUNT_DAILY, KPI_DAILY,
)  # fmt: skip
