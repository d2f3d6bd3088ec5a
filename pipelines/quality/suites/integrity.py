"""Integrity: what refers to something refers to something that is there."""

from __future__ import annotations

from pipelines.quality.expectations import Expectation, Suite, none_found


def _refers(says: str, column: str, table: str, key: str = "") -> Expectation:
    """Every value of a column, where there is one, is in another table."""
    key = key or column
    return none_found(
        says,
        f"select 1 from checked as rows anti join {table} as known on rows.{column} = known.{key} "
        f"where rows.{column} is not null",
    )


UNITS = Suite(
    kind="integrity",
    table="marts.dim_unit",
    expectations=(
        _refers("every unit above is a unit", "parent_unit_id", "marts.dim_unit", "unit_id").warns(
            "The figures of units below it add up to nothing that has a name: describe it in goals.yaml or the file "
            "of units."
        ),
    ),
)

ACCOUNTS = Suite(
    kind="integrity",
    table="marts.dim_account",
    expectations=(
        _refers("the unit of an account is a known unit", "unit_id", "marts.dim_unit").warns(
            "Its figures are in no unit's KPI: describe the unit in goals.yaml or the file of units."
        ),
    ),
)

POSTS = Suite(
    kind="integrity",
    table="marts.dim_post",
    expectations=(
        _refers("the account of a post is a known account", "account_id", "marts.dim_account").warns(
            "Its figures are in no unit's KPI: name the account in goals.yaml, or import its row."
        ),
    ),
)

SNAPSHOT = Suite(
    kind="integrity",
    table="marts.fct_post_snapshot",
    expectations=(
        _refers("every reading belongs to a known post", "post_id", "marts.dim_post").warns(
            "Readings of a post whose account and date nobody told: they are in no KPI."
        ),
    ),
)

POST_GOALS = Suite(
    kind="integrity",
    table="marts.fct_post_goal",
    expectations=(
        _refers("the post that serves a goal is a known post", "post_id", "marts.dim_post").because(
            "A KPI would rest on a post that nobody can look at."
        ),
        _refers("the goal that a post serves is in goals.yaml", "goal_id", "config.goals").because(
            "Its figures would count for a goal that nobody set."
        ),
    ),
)

TIPS = Suite(
    kind="integrity",
    table="marts.fct_tips",
    expectations=(
        _refers("the unit of a tip is a known unit", "unit_id", "marts.dim_unit").warns(
            "The tip counts for the organisation and for no unit: the intake and goals.yaml name units differently."
        ),
        _refers("the post of a tip is a known post", "post_id", "marts.dim_post").because(
            "A tip would be documented by a post that is not there."
        ),
    ),
)

INTERACTIONS = Suite(
    kind="integrity",
    table="marts.fct_interaction",
    expectations=(
        _refers("the post of a question is a known post", "post_id", "marts.dim_post").warns(
            "The question has no unit and no platform, and counts for the organisation only."
        ),
    ),
)

SURVEYS = Suite(
    kind="integrity",
    table="marts.fct_survey_response",
    expectations=(
        _refers("every answer belongs to a survey that was described", "survey_id", "marts.dim_survey").warns(
            "Nobody told how these people were chosen, so their answers are in no KPI: import the survey's own row."
        ),
    ),
)

_OF_CONFIG = "rows.goal_id = known.goal_id and rows.kpi_id = known.kpi_id"

SCORECARD = Suite(
    kind="integrity",
    table="published.goal_scorecard",
    expectations=(
        none_found(
            "every card is of a KPI of goals.yaml",
            f"select 1 from checked as rows anti join config.kpis as known on {_OF_CONFIG}",
        ).because("A KPI that was taken out of goals.yaml would still be shown."),
        none_found(
            "every KPI of goals.yaml has its card",
            f"select 1 from config.kpis as known anti join checked as rows on {_OF_CONFIG}",
        ).because("A KPI without a card looks as if it had never been set."),
    ),
)

GOAL_VERDICT = Suite(
    kind="integrity",
    table="published.goal_verdict",
    expectations=(
        none_found(
            "every goal of goals.yaml has its verdict",
            "select 1 as forgotten from config.goals as goals "
            "anti join checked as verdicts on goals.goal_id = verdicts.goal_id where not goals.is_guardrail",
        ).because("A goal without a verdict looks as if it had never been set."),
    ),
)

KPI_PERIOD = Suite(
    kind="integrity",
    table="published.kpi_period",
    expectations=(
        none_found(
            "every figure is of a KPI of goals.yaml",
            f"select 1 from checked as rows anti join config.kpis as known on {_OF_CONFIG}",
        ).because("A KPI that was taken out of goals.yaml would still be shown."),
    ),
)

POST_GOAL = Suite(
    kind="integrity",
    table="published.post_goal",
    expectations=(
        _refers("every post that serves a goal is published", "post_id", "published.post").because(
            "Readers could not join the two."
        ),
    ),
)

SUITES = (
    UNITS, ACCOUNTS, POSTS, SNAPSHOT, POST_GOALS, TIPS, INTERACTIONS, SURVEYS, SCORECARD, GOAL_VERDICT, KPI_PERIOD,
    POST_GOAL,
)  # fmt: skip
