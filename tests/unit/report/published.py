"""A published database small enough to check by hand: three goals, one of which is hostile in every text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.report.reading import QUERIES
from pipelines.report.unchanged import tables_read
from pipelines.warehouse.build import load_models

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"tips": "Få in fler tips", "answers": "Svara snabbt", "safety": "Förebygga brott"}


def published(folder: Path, *, label: str | None = None, kpi: str = "Mått", tips: int = 40) -> Path:
    """Write the tables that the report reads, all columns as the models promise them.

    Args:
        folder: where.
        label: of the organisation and of every goal; None for ordinary ones.
        kpi: label of every KPI.
        tips: how many tips the documented ones are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "syfte.duckdb"
    path.unlink(missing_ok=True)
    said = {goal: label or text for goal, text in TEXT.items()}
    with duckdb.connect(path) as con:
        con.execute("create schema published")
        _tables(con)
        con.execute(
            "insert into published.organisation by name select 'org' as organisation_id, ? as label_sv, ? as label_en, "
            "'Europe/Stockholm' as timezone, 1 as goals_version, date '2025-01-01' as period_start, "
            "date '2025-12-31' as period_end, 5 as min_cell, 5 as public_round_to",
            [label or "Myndigheten", label or "The agency"],
        )
        con.execute(
            "insert into published.build by name select timestamptz '2026-01-05 05:15:00+00' as as_of, "
            "'0.1.0' as code_version, repeat('a', 64) as goals_sha256, repeat('b', 64) as models_sha256"
        )
        for place, (goal, verdict) in enumerate(
            (("answers", "met"), ("tips", "not_met"), ("safety", "insufficient_evidence")), 1
        ):
            _goal(con, place, goal, said[goal], verdict, kpi=kpi, tips=tips)
    return path


def _tables(con: duckdb.DuckDBPyConnection) -> None:
    models = load_models()
    for name in tables_read():
        columns = ", ".join(f'"{column}" {_type(column)}' for column in models[f"published.{name}"].contract.columns)
        con.execute(f"create table published.{name} ({columns})")


def _type(column: str) -> str:
    """A type that every query can work with."""
    if column.endswith("_at") or column in {"as_of", "from_at"}:
        return "timestamptz"
    if column.endswith(("_date", "_start", "_end")) or column in {"settled_from", "counted_to", "month"}:
        return "date"
    if column.startswith("is_") or column == "success":
        return "boolean"
    if column in {"position", "min_cell", "public_round_to", "goals_version", "n"}:
        return "integer"
    numbers = {"value", "low", "high", "completeness", "numerator", "denominator", "target_value", "min_n",
               "min_completeness", "scale"}  # fmt: skip
    return "double" if column in numbers else "varchar"


def _goal(
    con: duckdb.DuckDBPyConnection, place: int, goal: str, label: str, verdict: str, *, kpi: str, tips: int
) -> None:
    con.execute(
        "insert into published.goal by name select ? as goal_id, ? as position, ? as label_sv, ? as label_en, "
        "false as is_guardrail",
        [goal, place, label, label],
    )
    reasons = "K:missing_data" if verdict == "insufficient_evidence" else ""
    con.execute(
        "insert into published.goal_verdict by name select ? as goal_id, ? as verdict, ? as reasons, "
        "timestamptz '2026-01-05 05:15:00+00' as as_of",
        [goal, verdict, reasons],
    )
    value = {"met": 0.8, "not_met": 0.5}.get(verdict)
    rows = [("K", True, value, verdict, 3000)]
    if goal == "tips":
        rows.append(("D", False, 0.37, None, tips))
    for kpi_id, primary, figure, judged, n in rows:
        con.execute(
            "insert into published.goal_scorecard by name select ? as goal_id, ? as kpi_id, null as variant, "
            "? as label_sv, ? as label_en, ? as is_primary, null as unit_id, ? as value, ? as low, ? as high, "
            "'>=' as target_op, ? as target_value, ? as verdict, ? as reasons, 'A' as evidence_grade, "
            "0.97 as completeness, ? as n, ? as state, 'wilson' as interval_kind, "
            "date '2025-01-01' as period_start, date '2025-12-31' as period_end, "
            "timestamptz '2026-01-05 05:15:00+00' as as_of",
            [goal, kpi_id, kpi, kpi, primary, figure, figure and figure - 0.02, figure and figure + 0.02,
             0.7 if judged else None, judged, "missing_data" if figure is None else "",
             n, "missing" if figure is None else "measured"],
        )  # fmt: skip
        con.execute(
            "insert into published.kpi_basis by name select ? as goal_id, ? as kpi_id, null as variant, "
            "? as measure, 'share' as unit, ? as numerator, ? as definition_sv, ? as definition_en, "
            "date '2026-01-04' as settled_from",
            [goal, kpi_id, "useful_tips" if kpi_id == "D" else "answered_in_time", n * 0.37, kpi, kpi],
        )


__all__ = ["QUERIES", "published"]
