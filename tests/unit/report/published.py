"""A published database small enough to check by hand: three goals, met, not met, and without a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from tests.unit.report.pages.conftest import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"answers": "Svara snabbt", "tips": "Få in fler tips", "safety": "Förebygga brott"}
VERDICTS = ("met", "not_met", "insufficient_evidence")


def published(folder: Path, *, goals: dict[str, str] = TEXT, label: str = "Myndigheten", tips: int = 40) -> Path:
    """Write the tables that the report reads, all columns as the models promise them.

    Args:
        folder: where.
        goals: their labels, which their KPIs bear too; met, not met and without a figure by turns.
        label: of the organisation.
        tips: how many tips the share that goal `tips` has beside is of.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "syfte.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(path) as con:
        con.execute(SCHEMA.read_text(encoding="utf-8"))
        con.execute(
            "insert into published.organisation by name select 'org' as organisation_id, ? as label_sv, ? as label_en, "
            "'Europe/Stockholm' as timezone, 1 as goals_version, date '2025-01-01' as period_start, "
            "date '2025-12-31' as period_end, 5 as min_cell, 5 as public_round_to",
            [label, label],
        )
        con.execute(
            "insert into published.build by name select timestamptz '2026-01-05 05:15:00+00' as as_of, "
            "'0.1.0' as code_version, repeat('a', 64) as goals_sha256, repeat('b', 64) as models_sha256"
        )
        for place, (goal, text) in enumerate(goals.items()):
            _goal(con, place + 1, goal, text, VERDICTS[place % 3], tips=tips)
    return path


def _goal(con: duckdb.DuckDBPyConnection, place: int, goal: str, label: str, verdict: str, *, tips: int) -> None:
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
            [goal, kpi_id, label, label, primary, figure, figure and figure - 0.02, figure and figure + 0.02,
             0.7 if judged else None, judged, "missing_data" if figure is None else "",
             n, "missing" if figure is None else "measured"],
        )  # fmt: skip
        con.execute(
            "insert into published.kpi_basis by name select ? as goal_id, ? as kpi_id, null as variant, "
            "? as measure, 'share' as unit, ? as numerator, ? as definition_sv, ? as definition_en, "
            "date '2026-01-04' as settled_from",
            [goal, kpi_id, "useful_tips" if kpi_id == "D" else "answered_in_time", n * 0.37, label, label],
        )
