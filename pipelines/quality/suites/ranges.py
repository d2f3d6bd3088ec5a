"""The suites: what is expected of loaded pages, of marts, and of what readers get. Nothing here is about one platform.

A new table gets its suite here; a threshold gets its reason beside it, in `why`.
"""

from __future__ import annotations

from pipelines.quality.expectations import (
    Suite,
    at_least,
    between,
    holds,
    never_null,
    none_found,
    not_above,
    not_empty,
    one_of,
    unique,
)

STATES = ("measured", "bounded", "missing", "not_offered", "suppressed", "not_settled")
VERDICTS = ("met", "not_met", "insufficient_evidence")
STATUSES = ("ok", "not_offered", "not_found", "error")
KINDS = ("counter", "reversible", "unique", "gauge", "event")

_STATED = holds("a value that is null says why", "state is not null and (value is not null or state <> 'measured')")
_INTERVAL = (not_above("low", "value"), not_above("value", "high"), not_above("low", "high"))

PAGES = Suite(
    kind="ranges",
    table="raw.pages",
    expectations=(
        unique("page_id"),
        holds(
            "rows read are rows stored, duplicate or quarantined",
            "not counts_rows or (rows_duplicate >= 0 and rows_read = rows_stored + rows_duplicate + rows_quarantined)",
        ),
        none_found(
            "every source was read in the last two days",
            "select 1 as late from checked as pages, config.run where pages.file is null "
            "group by pages.source, config.run.as_of having max(pages.fetched_at) < config.run.as_of - interval 2 day",
        ).warns("Sources are read daily; after two days a pull was missed, and counters that grew since have a gap."),
        none_found(
            "at most one object in twenty of a source is refused",
            "select 1 as refused from checked as pages "
            "group by pages.source having sum(pages.rows_quarantined) > 0.05 * sum(pages.rows_read)",
        ).warns(
            "Single broken objects are everyday; one in twenty means that a platform or an export changed its form."
        ),
    ),
)

DIM_ACCOUNT = Suite(
    kind="ranges",
    table="marts.dim_account",
    expectations=(
        unique("account_id"),
        never_null("platform"),
        never_null("unit_id").warns("The figures of an account without a unit are in no unit's KPI."),
    ),
)

DIM_POST = Suite(
    kind="ranges",
    table="marts.dim_post",
    expectations=(
        never_null("post_id"),
        unique("post_id"),
        never_null("account_id"),
        never_null("published_at").warns("Without it a post has no zero anchor and no day."),
        not_above("published_at", "first_seen_at").warns(
            "Seen before it was published: a clock or a time zone is wrong."
        ),
        holds("posts are younger than the platforms", "local_date is null or local_date >= date '2004-02-04'").warns(
            "The oldest of the platforms opened on 4 February 2004; an older date was read in the wrong format."
        ),
    ),
)

FCT_POST_SNAPSHOT = Suite(
    kind="ranges",
    table="marts.fct_post_snapshot",
    expectations=(
        never_null("post_id"),
        never_null("native_metric"),
        never_null("observed_at"),
        one_of("status", *STATUSES),
        one_of("kind", *KINDS),
        holds(
            "counters and uniques are not negative",
            "value is null or kind is null or kind not in ('counter', 'unique') or value >= 0",
        ),
        holds("a reading that failed has no value", "value is null or status is null or status = 'ok'"),
        between("value", -1e12, 1e12).warns(
            "A hundred contacts with everybody alive: a platform's error, not a figure."
        ),
        none_found(
            "no reading is from the future",
            "select 1 as early from checked as readings, config.run where readings.observed_at > config.run.as_of",
        ),
        none_found(
            "every reading belongs to a known post",
            "select 1 as orphan from checked as readings "
            "anti join marts.dim_post as posts on readings.post_id = posts.post_id",
        ).warns("Readings of a post whose account and date nobody told: they are in no KPI."),
    ),
)

FCT_POST_DAILY = Suite(
    kind="ranges",
    table="marts.fct_post_daily",
    expectations=(
        unique("post_id", "native_metric", "local_date"),
        at_least("gain", 0),
    ),
)

FCT_TIPS = Suite(
    kind="ranges",
    table="marts.fct_tips",
    expectations=(
        never_null("tip_id"),
        unique("tip_id"),
        never_null("received_at"),
        never_null("local_date"),
        never_null("unit_id").warns("A tip without a unit counts for the organisation only."),
        holds("a tip's rung is 1, 2, 3 or none", "rung is null or rung in (1, 2, 3)"),
        none_found(
            "no tip is from the future",
            "select 1 as early from checked as tips, config.run where tips.received_at > config.run.as_of",
        ),
        none_found(
            "every tip is on a day that was read in full",
            "select 1 as unread from checked as tips "
            "inner join marts.fct_tip_day as days on tips.local_date = days.local_date where days.is_read is not true",
        ).warns("The day's export was cut off, so the day counts as missing although tips of it are known."),
    ),
)

FCT_SURVEY_RESPONSE = Suite(
    kind="ranges",
    table="marts.fct_survey_response",
    expectations=(
        none_found(
            "every answer belongs to a survey that was described",
            "select 1 as orphan from checked as answers "
            "anti join marts.dim_survey as surveys on answers.survey_id = surveys.survey_id",
        ).warns(
            "Nobody told how these people were chosen, so their answers are in no KPI: import the survey's own row."
        ),
    ),
)

DIM_SURVEY = Suite(
    kind="ranges",
    table="marts.dim_survey",
    expectations=(
        one_of("sample_type", "own_channel", "probability_sample", "panel").warns(
            "A kind of sample without a grade is in no KPI; it came from a file of an earlier version."
        ),
    ),
)

SCORECARD = Suite(
    kind="ranges",
    table="published.goal_scorecard",
    expectations=(
        not_empty(),
        one_of("state", *STATES),
        one_of("verdict", *VERDICTS),
        one_of("evidence_grade", "A", "B", "C", "D"),
        _STATED,
        *_INTERVAL,
        between("completeness", 0, 1),
        at_least("n", 0),
        none_found(
            "shares are between 0 and 1",
            "select 1 as impossible from checked as cards "
            "inner join config.kpis as kpis on cards.goal_id = kpis.goal_id and cards.kpi_id = kpis.kpi_id "
            "where kpis.kind in ('share_census', 'proportion', 'survey_share') "
            "and (least(cards.low, cards.value, cards.high) < 0 or greatest(cards.low, cards.value, cards.high) > 1)",
        ),
        holds(
            "met and not met rest on a value",
            "coalesce(verdict, 'no target') in ('insufficient_evidence', 'no target') "
            "or value is not null or state = 'bounded'",
        ),
    ),
)

GOAL_VERDICT = Suite(
    kind="ranges",
    table="published.goal_verdict",
    expectations=(
        not_empty(),
        never_null("verdict"),
        one_of("verdict", *VERDICTS),
        none_found(
            "every goal of goals.yaml has its verdict",
            "select 1 as forgotten from config.goals as goals "
            "anti join checked as verdicts on goals.goal_id = verdicts.goal_id where not goals.is_guardrail",
        ),
    ),
)

KPI_DAILY = Suite(
    kind="ranges",
    table="published.kpi_daily",
    expectations=(one_of("state", *STATES), _STATED, *_INTERVAL, at_least("value", 0), at_least("n", 0)),
)

KPI_PERIOD = Suite(
    kind="ranges",
    table="published.kpi_period",
    expectations=(
        one_of("state", *STATES),
        one_of("grain", "week", "month", "study"),
        _STATED,
        *_INTERVAL,
        at_least("value", 0),
        at_least("n", 0),
    ),
)

POST = Suite(
    kind="ranges",
    table="published.post",
    expectations=(never_null("post_id"), unique("post_id"), never_null("platform")),
)

POST_METRIC_LATEST = Suite(
    kind="ranges",
    table="published.post_metric_latest",
    expectations=(unique("post_id", "native_metric"), one_of("state", *STATES), _STATED),
)

POST_METRIC_DAILY = Suite(kind="ranges", table="published.post_metric_daily", expectations=(at_least("gain", 0),))

ACCOUNT_DAILY = Suite(kind="ranges", table="published.account_daily", expectations=(one_of("state", *STATES), _STATED))

TIPS_DAILY = Suite(
    kind="ranges",
    table="published.tips_daily",
    expectations=(
        one_of("state", *STATES),
        holds("tips that are null say why", "state is not null and (tips is not null or state <> 'measured')"),
        at_least("tips", 0),
        at_least("documented", 0),
        at_least("touched", 0),
        not_above("documented", "tips"),
    ),
)

SUITES: tuple[Suite, ...] = (
    PAGES,
    DIM_ACCOUNT,
    DIM_POST,
    FCT_POST_SNAPSHOT,
    FCT_POST_DAILY,
    FCT_TIPS,
    DIM_SURVEY,
    FCT_SURVEY_RESPONSE,
    SCORECARD,
    GOAL_VERDICT,
    KPI_DAILY,
    KPI_PERIOD,
    POST,
    POST_METRIC_LATEST,
    POST_METRIC_DAILY,
    ACCOUNT_DAILY,
    TIPS_DAILY,
)
