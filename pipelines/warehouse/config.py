"""goals.yaml and the seeds as tables, so that no model holds a threshold, a time zone or a date of its own."""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.errors import ConfigurationError
from pipelines.goals import all_kpis
from pipelines.goals.kpis import RateRatioCausal, SurveyShare
from pipelines.warehouse.connection import damage, is_of_the_disk
from pipelines.warehouse.office_hours import open_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipelines.goals import Goals
    from pipelines.goals.kpis import KpiBase

_TABLES: dict[str, str] = {
    "config.run": """
        as_of timestamptz, timezone varchar, study_start date, study_end date, baseline_start date, baseline_end date,
        settle_days integer, level double, min_completeness double, min_cell integer,
        public_round_to integer, active_min_posts integer, active_within_days integer,
        goals_version integer, org_id varchar, org_label_sv varchar, org_label_en varchar
    """,
    "config.goals": """
        goal_id varchar, position integer, label_sv varchar, label_en varchar, is_guardrail boolean,
        ref_pattern varchar, case_pattern varchar, post_weight double, purpose_sv varchar, purpose_en varchar,
        target_group_sv varchar, target_group_en varchar, motive_sv varchar, motive_en varchar,
        user_benefit_sv varchar, user_benefit_en varchar
    """,
    "config.kpis": """
        goal_id varchar, kpi_id varchar, position integer, label_sv varchar, label_en varchar, is_primary boolean,
        stage varchar, kind varchar, interval varchar, numerator varchar[], denominator varchar[], platforms varchar[],
        metric varchar, target_op varchar, target_value double, target_set_at date, min_n integer, min_evidence varchar,
        series varchar, sources map(varchar, varchar), hours varchar, topic varchar, frame_share double,
        max_weight double
    """,
    "config.survey_margins": "goal_id varchar, kpi_id varchar, variable varchar, category varchar, share double",
    "config.business_hours": "local_date date, opens_at timestamptz, closes_at timestamptz",
    "config.causal": """
        goal_id varchar, kpi_id varchar, donut_weeks integer, fallbacks varchar[], staggered_by varchar,
        interruption_date date, interruption_impact varchar, harmonics integer
    """,
    "config.experiment_cells": """
        experiment_id varchar, goal_id varchar, design varchar, unit_id varchar, week_start date, is_posting boolean
    """,
    "config.post_rules": "goal_id varchar, rule_id varchar, effect varchar, pattern varchar",
    "config.units": """
        unit_id varchar, name varchar, parent_unit_id varchar, population bigint, valid_from date, valid_to date
    """,
    "config.accounts": """
        account_id varchar, platform varchar, native_id varchar, unit_id varchar, handle varchar,
        opened_at timestamptz, closed_at timestamptz
    """,
    "seeds.calendar": "local_date date, starts_at timestamptz, ends_at timestamptz, month_start date, iso_week varchar",
}
"""Table -> columns, as docs/architecture.md section 4 says."""


def write_config(
    con: duckdb.DuckDBPyConnection, goals: Goals, *, as_of: datetime, experiments: Sequence[tuple[Any, ...]] = ()
) -> None:
    """Replace every `config.*` table by what goals.yaml says.

    Args:
        con: the writer's connection, with the schema `config`.
        goals: the file, read.
        as_of: the instant the KPIs stand for; any zone, stored as UTC.
        experiments: rows of `config.experiment_cells`: the lots that were drawn.
    """
    _replace(con, "config.run", [_run(goals, as_of)])
    _replace(con, "config.goals", _goals(goals))
    _replace(con, "config.kpis", [_kpi(of, place, kpi, goals) for place, (of, kpi) in enumerate(all_kpis(goals), 1)])
    _replace(con, "config.survey_margins", list(_margins(goals)))
    _replace(con, "config.experiment_cells", list(experiments))
    causal = [(goal_id, kpi) for goal_id, kpi in all_kpis(goals) if isinstance(kpi, RateRatioCausal)]
    _replace(con, "config.causal", [_causal(goal_id, kpi) for goal_id, kpi in causal])
    _replace(con, "config.post_rules", list(_post_rules(goals)))
    _replace(
        con,
        "config.units",
        [(u.id, u.name, u.parent, u.population, u.valid_from, u.valid_to) for u in goals.units.members],
    )
    zone = ZoneInfo(goals.timezone)
    _replace(
        con,
        "config.accounts",
        [
            (a.account_id, a.platform, a.id, a.unit, a.handle, instant(a.opened_at, zone), instant(a.closed_at, zone))
            for a in goals.accounts
        ],
    )


def write_seeds(
    con: duckdb.DuckDBPyConnection, sql_root: Path, goals: Goals, first_date: date, last_date: date
) -> None:
    """Replace `seeds.calendar` and one `seeds.<name>` for every `sql/seeds/<name>.csv`.

    Args:
        con: the writer's connection, with the schema `seeds`.
        sql_root: the folder of the models.
        goals: whose time zone the days are of.
        first_date: of the calendar.
        last_date: of the calendar, included.

    Raises:
        ConfigurationError: a seed holds a value that its column cannot take.
    """
    _replace(con, "seeds.calendar", list(calendar_days(ZoneInfo(goals.timezone), first_date, last_date)))
    _replace(con, "config.business_hours", open_days(goals.calendar, ZoneInfo(goals.timezone), first_date, last_date))
    for path in sorted((sql_root / "seeds").glob("*.csv")):
        _write_seed(con, path)


def calendar_days(zone: ZoneInfo, first: date, last: date) -> Iterable[tuple[date, datetime, datetime, date, str]]:
    """The days of a zone, 23 or 25 hours long where its clocks change.

    Returns:
        Local date, its first instant and the next day's first instant in UTC, first day of its month, ISO week.
    """
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        year, week, _ = day.isocalendar()
        yield (
            day,
            _midnight(day, zone),
            _midnight(day + timedelta(days=1), zone),
            day.replace(day=1),
            f"{year}-W{week:02}",
        )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where the clocks skip midnight, fold 0 gives the very instant of the change: the day's true start.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _run(goals: Goals, as_of: datetime) -> tuple[Any, ...]:
    period, rule = goals.period, goals.units.active_rule
    return (
        as_of.astimezone(UTC),
        goals.timezone,
        *period.study,
        *(period.baseline or (None, None)),
        period.settle_days,
        goals.verdict.level,
        goals.verdict.min_completeness,
        goals.disclosure.min_cell,
        goals.disclosure.public_round_to,
        rule.min_posts,
        rule.within_days,
        goals.version,
        goals.organisation.id,
        goals.organisation.label.sv,
        goals.organisation.label.en,
    )


def _goals(goals: Goals) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for goal in goals.goals:
        ref, case = (goal.appeal.link, goal.appeal.case_ref) if goal.appeal else (None, None)
        weight = goal.post_match.weight if goal.post_match else 1.0
        said = [
            text
            for words in (goal.purpose, goal.target_group, goal.motive, goal.user_benefit)
            for text in (words.sv, words.en)
        ]
        rows.append((goal.id, len(rows) + 1, goal.label.sv, goal.label.en, False, ref, case, weight, *said))
    for guardrail in goals.guardrails:
        sv, en = (guardrail.label.sv, guardrail.label.en) if guardrail.label else (guardrail.id, guardrail.id)
        rows.append((guardrail.id, len(rows) + 1, sv, en, True, None, None, 1.0, *[None] * 8))
    return rows


def _kpi(goal_id: str, position: int, kpi: KpiBase, goals: Goals) -> tuple[Any, ...]:
    said = kpi.model_dump()
    target = kpi.target
    is_guardrail = kpi in goals.guardrails
    return (
        goal_id,
        kpi.id,
        position,
        kpi.label.sv if kpi.label else None,
        kpi.label.en if kpi.label else None,
        kpi.primary or is_guardrail,
        kpi.stage,
        said["kind"],
        said["interval"],
        _listed(said.get("num")),
        _listed(said.get("den")),
        _listed(kpi.platforms),
        said.get("metric"),
        target.op if target else None,
        target.value if target else None,
        target.set_at if target else None,
        kpi.min_n,
        kpi.min_evidence,
        said.get("series"),
        _mapped(said.get("sources")),
        said.get("hours"),
        said.get("topic"),
        said.get("frame_share"),
        kpi.raking.max_weight if isinstance(kpi, SurveyShare) and kpi.raking is not None else None,
    )


def _margins(goals: Goals) -> Iterable[tuple[str, str, str, str, float]]:
    for goal_id, kpi in all_kpis(goals):
        if isinstance(kpi, SurveyShare) and kpi.raking is not None:
            for variable, shares in kpi.raking.margins.items():
                for category, share in shares.items():
                    yield goal_id, kpi.id, variable, category, share


def _causal(goal_id: str, kpi: RateRatioCausal) -> tuple[Any, ...]:
    change = kpi.interruption
    return (
        goal_id,
        kpi.id,
        kpi.donut_weeks,
        list(kpi.fallbacks),
        kpi.staggered_by,
        *((change.date, change.impact, change.harmonics) if change else (None, None, None)),
    )


def _listed(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)


def _mapped(pairs: dict[str, str] | None) -> dict[str, list[str]] | None:
    """A mapping as DuckDB takes a MAP parameter."""
    return None if pairs is None else {"key": list(pairs), "value": list(pairs.values())}


def _post_rules(goals: Goals) -> Iterable[tuple[str, str, str, str]]:
    for goal in goals.goals:
        if goal.post_match is not None:
            hashtags = [hashtag_pattern(tag) for tag in goal.post_match.hashtags]
            for effect, patterns in (
                ("include", goal.post_match.include),
                ("exclude", goal.post_match.exclude),
                ("hashtag", hashtags),
            ):
                for number, pattern in enumerate(patterns, start=1):
                    yield goal.id, f"{goal.id}.{effect}.{number}", effect, pattern


def hashtag_pattern(tag: str) -> str:
    """A regular expression that finds a whole hashtag: not one inside a word or an address, nor part of a longer.

    An å may stand in a text as one character or as an a and a ring; both are the same letter.
    """
    spelt = sorted({unicodedata.normalize(form, tag) for form in ("NFC", "NFD")})
    return rf"(?<![\w&/])[#＃](?:{'|'.join(map(re.escape, spelt))})(?![\w\u0300-\u036f])"


def instant(given: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    """A day means its midnight, and an instant without an offset a local one."""
    if given is None:
        return None
    if not isinstance(given, datetime):
        return _midnight(given, zone)
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)


def _replace(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    con.execute(f"create or replace table {table} ({_TABLES[table]})")
    if rows:
        # One statement for all rows: row by row the calendar of a few years would take seconds.
        marks = ", ".join(["(" + ", ".join("?" * len(rows[0])) + ")"] * len(rows))
        statement = f"insert into {table} values {marks}"  # the tables are ours
        con.execute(statement, [value for row in rows for value in row])


def _write_seed(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    listed = ", ".join(f'cast("{name}" as {_seed_type(name)}) as "{name}"' for name in names)
    source = "read_csv(?, all_varchar = true, header = true, delim = ',', quote = '\"', hive_partitioning = false)"
    statement = f"create or replace table seeds.{path.stem} as select {listed} from {source}"  # our own file
    try:
        con.execute(statement, [str(path)])
    except duckdb.Error as error:
        if is_of_the_disk(error) or damage(error) is not None:
            raise
        raise ConfigurationError(
            f"The seed cannot be read: {' '.join(str(error).split())}",
            where=path.name,
            do="Correct the value in that file.",
        ) from None


def _seed_type(name: str) -> str:
    """A seed column's type, from its name (the names follow one rule for the whole project)."""
    if name in ("valid_from", "valid_to") or name.endswith("_date"):
        return "date"
    if name.startswith(("is_", "has_", "additive_")):
        return "boolean"
    if name.endswith(("_ratio", "_level")) or name == "scale":
        return "double"
    return "bigint" if name.endswith(("_hours", "_days")) else "varchar"
