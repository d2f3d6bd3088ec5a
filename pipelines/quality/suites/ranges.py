"""Ranges and words: what no single row may be."""

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

_WHY_NULL = "Whoever reads a missing value must see why it is missing, or takes it for a zero."
_STATED = holds(
    "a value that is null says why", "state is not null and (value is not null or state <> 'measured')"
).because(_WHY_NULL)
_INTERVAL = (not_above("low", "value"), not_above("value", "high"), not_above("low", "high"))

PAGES = Suite(
    kind="ranges",
    table="raw.pages",
    expectations=(
        unique("page_id"),
        holds(
            "rows read are rows stored, duplicate or quarantined",
            "not counts_rows or (rows_duplicate >= 0 and rows_read = rows_stored + rows_duplicate + rows_quarantined)",
        ).because("An object that is none of the three was lost between the page and its table."),
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
        ).because("Nothing was seen less than no times."),
        holds("a reading that failed has no value", "value is null or status is null or status = 'ok'").because(
            "What was not read is unknown: a figure beside a failure was made up, most often a 0."
        ),
        between("value", -1e12, 1e12).warns(
            "A hundred contacts with everybody alive: a platform's error, not a figure."
        ),
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
        holds("a tip's rung is 1, 2, 3 or none", "rung is null or rung in (1, 2, 3)").because(
            "The ladder of attribution has no other (METHOD, section 5.2)."
        ),
    ),
)

DIM_UNIT = Suite(
    kind="ranges",
    table="marts.dim_unit",
    expectations=(
        at_least("population", 1).warns(
            "A unit without inhabitants has no figure per inhabitant; leave it out if unknown."
        ),
        not_above("valid_from", "valid_to"),
    ),
)

FCT_ACCOUNT_DAILY = Suite(
    kind="ranges",
    table="marts.fct_account_daily",
    expectations=(
        holds(
            "no account has fewer than no followers",
            "metric is distinct from 'followers' or value is null or value >= 0",
        ).because("A level below zero cannot be: another figure stands in its place."),
        holds("no day lies before the platforms", "local_date >= date '2004-02-04'").warns(
            "The oldest of the platforms opened on 4 February 2004; an older date was read in the wrong format."
        ),
    ),
)

FCT_RESPONSE_TIME = Suite(
    kind="ranges",
    table="marts.fct_response_time",
    expectations=(at_least("response_minutes", 0),),
)

METRIC_BRIDGE = Suite(
    kind="ranges",
    table="published.metric_bridge",
    expectations=(
        between("factor", 0.1, 10).warns(
            "Two definitions of one figure are not ten times apart: these are two figures."
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
        ).because("A part is not more than the whole: numerator and denominator are not of the same things."),
        holds(
            "met and not met rest on a value",
            "coalesce(verdict, 'no target') in ('insufficient_evidence', 'no target') "
            "or value is not null or state = 'bounded'",
        ).because("A verdict on nothing would be believed."),
    ),
)

GOAL_VERDICT = Suite(
    kind="ranges",
    table="published.goal_verdict",
    expectations=(
        not_empty(),
        never_null("verdict"),
        one_of("verdict", *VERDICTS),
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
        holds("tips that are null say why", "state is not null and (tips is not null or state <> 'measured')").because(
            _WHY_NULL
        ),
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
    DIM_UNIT,
    FCT_ACCOUNT_DAILY,
    FCT_RESPONSE_TIME,
    METRIC_BRIDGE,
    DIM_SURVEY,
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
