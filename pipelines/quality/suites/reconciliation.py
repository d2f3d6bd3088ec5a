"""Reconciliation: what came in stands in the marts, and what stands in the marts is what readers get."""

from __future__ import annotations

from pipelines.quality.expectations import Suite, none_found

SOURCES = (
    "facebook_pages", "instagram", "threads", "x", "linkedin", "tiktok", "mastodon", "bluesky", "youtube", "files",
)  # fmt: skip
"""Whose posts and readings are staged; a test holds the list against what the marts read."""

_CLOSE = "abs({0} - {1}) <= 0.000001 * (1 + abs({0}))"
"""Sums of fractions differ in their last digits with the order of adding."""


def _staged(entity: str, columns: str, sources: tuple[str, ...] = SOURCES) -> str:
    return " union all ".join(f"select {columns} from staging.stg_{source}__{entity}" for source in sources)


def _differ(left: str, right: str, key: str, *figures: str) -> str:
    """Rows of two sums by a key that are not the same, or on one side only.

    Args:
        left: a query.
        right: another, of the same columns.
        key: what they are grouped by, separated by commas.
        figures: what must be the same.
    """
    same = " and ".join(_CLOSE.format(f"coalesce(came.{f}, 0)", f"coalesce(stands.{f}, 0)") for f in figures)
    return f"select 1 from ({left}) as came full join ({right}) as stands using ({key}) where not ({same})"


SNAPSHOT = Suite(
    kind="reconciliation",
    table="marts.fct_post_snapshot",
    expectations=(
        none_found(
            "readings and their totals are those of staging",
            _differ(
                f"""
                select platform, native_metric, count(*) as readings, sum(value) as total
                from (
                    select
                        lower(split_part(post_id, ':', 1)) as platform, native_metric,
                        arg_max(value, struct_pack(ingested_at, value)) filter (where status = 'ok') as value
                    from ({_staged("post_readings", "post_id, native_metric, observed_at, ingested_at, status, value")})
                    group by post_id, native_metric, observed_at
                )
                group by all
                """,
                """
                select lower(split_part(post_id, ':', 1)) as platform, native_metric, count(*) as readings,
                    sum(value) as total
                from checked group by all
                """,
                "platform, native_metric",
                "readings",
                "total",
            ),
        ).because("A reading was lost or doubled on its way from staging: by platform and native metric, none may be."),
    ),
)

DIM_POST = Suite(
    kind="reconciliation",
    table="marts.dim_post",
    expectations=(
        none_found(
            "posts are those of staging",
            _differ(
                f"select split_part(post_id, ':', 1) as platform, count(distinct post_id) as posts "
                f"from ({_staged('posts', 'post_id')}) group by all",
                "select split_part(post_id, ':', 1) as platform, count(*) as posts from checked group by all",
                "platform",
                "posts",
            ),
        ).because("A post was lost on its way from staging."),
    ),
)

TIPS = Suite(
    kind="reconciliation",
    table="marts.fct_tips",
    expectations=(
        none_found(
            "tips are those of staging",
            f"""
            select 1
            from (select count(distinct tip_id) as tips from ({_staged("tips", "tip_id", ("tips", "files"))})) as came,
                (select count(*) as tips from checked) as stands
            where came.tips <> stands.tips
            """,
        ).because("Tips in are tips out."),
    ),
)

POST = Suite(
    kind="reconciliation",
    table="published.post",
    expectations=(
        none_found(
            "posts are those of the mart",
            _differ(
                "select platform, count(*) as posts from marts.dim_post group by all",
                "select platform, count(*) as posts from checked group by all",
                "platform",
                "posts",
            ),
        ).because("Readers would see other posts than the KPIs rest on."),
    ),
)

POST_METRIC_LATEST = Suite(
    kind="reconciliation",
    table="published.post_metric_latest",
    expectations=(
        none_found(
            "series and their newest totals are those of the readings",
            _differ(
                """
                select native_metric, count(*) as series, sum(value) as total
                from (
                    select native_metric, arg_max(value, struct_pack(observed_at, ingested_at)) as value
                    from marts.fct_post_snapshot
                    where status = 'ok' and value is not null
                    group by post_id, native_metric
                )
                group by all
                """,
                "select native_metric, count(value) as series, sum(value) as total from checked group by all",
                "native_metric",
                "series",
                "total",
            ),
        ).because("By native metric: readers would see other figures than were read."),
    ),
)

POST_METRIC_DAILY = Suite(
    kind="reconciliation",
    table="published.post_metric_daily",
    expectations=(
        none_found(
            "days and their totals are those of the mart",
            _differ(
                """
                select metric, count(*) as days, sum(gain) as gain, sum(correction) as correction
                from marts.fct_post_daily where is_counted group by all
                """,
                "select metric, count(*) as days, sum(gain) as gain, sum(correction) as correction from checked group "
                "by all",
                "metric",
                "days",
                "gain",
                "correction",
            ),
        ).because("A day's gain was lost or doubled between the mart and readers."),
        none_found(
            "what was gained and what belongs to no day add up to the counters",
            _differ(
                """
                select metric, sum(coalesce(last_value, 0) + coalesce(reset_loss, 0)) as total
                from marts.fct_post_counter where is_counted group by all
                """,
                """
                select metric, sum(amount) as total
                from (
                    select metric, gain + correction as amount from checked
                    union all
                    select metric, amount from published.post_metric_unallocated
                )
                group by all
                """,
                "metric",
                "total",
            ),
        ).because(
            "METHOD's law on counters, for what readers get: gain + correction + unallocated = last value + resets."
        ),
    ),
)

ACCOUNT_DAILY = Suite(
    kind="reconciliation",
    table="published.account_daily",
    expectations=(
        none_found(
            "days and their totals are those of the mart",
            _differ(
                "select native_metric, state, count(*) as days, sum(value) as total from marts.fct_account_daily "
                "group by all",
                "select native_metric, state, count(*) as days, sum(value) as total from checked group by all",
                "native_metric, state",
                "days",
                "total",
            ),
        ).because("A day of an account was lost or doubled between the mart and readers."),
    ),
)

TIPS_DAILY = Suite(
    kind="reconciliation",
    table="published.tips_daily",
    expectations=(
        none_found(
            "tips of a day that is shown are the tips of that day",
            """
            select 1
            from checked as days
            left join (select local_date, count(*) as tips from marts.fct_tips group by all) as counted
                on days.local_date = counted.local_date
            where days.unit_id is null and days.channel is null and days.state = 'measured'
                and days.tips <> coalesce(counted.tips, 0)
            """,
        ).because("Of the whole organisation, a day is told as it is or not at all: nothing is rounded here."),
    ),
)

SCORECARD = Suite(
    kind="reconciliation",
    table="published.goal_scorecard",
    expectations=(
        none_found(
            "values are those of the results",
            """
            select 1
            from kpi.kpi_results as results
            full join (select * from checked where unit_id is null) as cards
                on results.goal_id = cards.goal_id and results.kpi_id = cards.kpi_id
                and results.variant is not distinct from cards.variant
            where results.value is distinct from cards.value or results.verdict is distinct from cards.verdict
                or results.state is distinct from cards.state
            """,
        ).because("Readers would see another value or verdict than was computed."),
    ),
)

SUITES = (
    SNAPSHOT, DIM_POST, TIPS, POST, POST_METRIC_LATEST, POST_METRIC_DAILY, ACCOUNT_DAILY, TIPS_DAILY, SCORECARD,
)  # fmt: skip
