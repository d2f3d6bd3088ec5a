"""A small publication with the awkward rows: a gap, one unit, a goal without a KPI, no log of tips, hostile text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = Path(__file__).with_name("published.sql")

HOSTILE = '=1+1 <script>alert(1)</script>\u202e"><img src=x onerror=alert(2)>'

START, END, AS_OF = date(2025, 1, 1), date(2025, 12, 31), datetime(2026, 1, 5, 5, 15, tzinfo=UTC)


def insert(con: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, Any]) -> None:
    """Rows of a published table; a column that is not said is null."""
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        con.execute(f"insert into published.{table} ({names}) values ({marks})", list(row.values()))


def kpi(con: duckdb.DuckDBPyConnection, kpi_id: str, *, goal: str = "tips", measure: str, **columns: Any) -> None:
    """A KPI of the whole organisation, in both tables that tell of it."""
    of_basis = {"numerator", "denominator", "numerators", "denominator_metric", "target_set_at", "min_n", "unit"}
    both = {"goal_id": goal, "kpi_id": kpi_id, "variant": columns.pop("variant", None)}
    basis = {key: columns.pop(key) for key in list(columns) if key in of_basis}
    insert(
        con,
        "goal_scorecard",
        {
            **both,
            "label_sv": f"Mått {kpi_id}",
            "label_en": f"Measure {kpi_id}",
            "is_primary": True,
            "period_start": START,
            "period_end": END,
            "as_of": AS_OF,
            "state": "measured",
            "interval_kind": "wilson",
            "evidence_grade": "A",
            "completeness": 1.0,
            "reasons": "",
            **columns,
        },
    )
    insert(
        con,
        "kpi_basis",
        {
            **both,
            "measure": measure,
            "unit": "share",
            "definition_sv": f"Definition av {kpi_id}.",
            "definition_en": f"Definition of {kpi_id}.",
            "interval_level": 0.95,
            "min_completeness": 0.9,
            "settled_from": date(2026, 1, 4),
            **basis,
        },
    )


def months(
    con: duckdb.DuckDBPyConnection, kpi_id: str, values: list[float | None], *, goal: str, n: int = 50, **scope: Any
) -> None:
    """A KPI's first months; None is a month that was not read."""
    for index, value in enumerate(values, start=1):
        end = date(2025, index + 1, 1)
        insert(
            con,
            "kpi_period",
            {
                "kpi_id": kpi_id,
                "goal_id": goal,
                "grain": "month",
                "period_start": date(2025, index, 1),
                "period_end": date.fromordinal(end.toordinal() - 1),
                "value": value,
                "low": value,
                "high": value,
                "interval_kind": "wilson",
                "n": n if value is not None else None,
                "reasons": "",
                "state": "missing" if value is None else "measured",
                **scope,
            },
        )


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An institution with one unit and two goals, one of them without a KPI, and without a log of tips."""
    con = duckdb.connect()
    con.execute(SCHEMA.read_text(encoding="utf-8"))
    insert(
        con,
        "organisation",
        {
            "organisation_id": "o",
            "label_sv": "Myndigheten",
            "label_en": "The Agency",
            "timezone": "Europe/Stockholm",
            "goals_version": 1,
            "period_start": START,
            "period_end": END,
            "min_cell": 5,
            "public_round_to": 5,
        },
    )
    insert(con, "build", {"as_of": AS_OF, "goals_sha256": "a" * 64, "code_version": "9.9", "models_sha256": "b" * 64})
    insert(con, "unit", {"unit_id": "u1", "name": HOSTILE, "is_measured": True})
    for position, (goal, verdict, reasons) in enumerate(
        [("answers", "not_met", ""), ("nothing", "insufficient_evidence", "no_primary_kpi")], start=1
    ):
        both = {"goal_id": goal, "label_sv": f"Målet {goal}", "label_en": f"The goal {goal}", "is_guardrail": False}
        insert(con, "goal", {**both, "position": position, "purpose_sv": "Syftet", "purpose_en": "The purpose"})
        insert(
            con,
            "goal_verdict",
            {**both, "verdict": verdict, "reasons": reasons, "period_start": START, "period_end": END, "as_of": AS_OF},
        )
    kpi(
        con,
        "A2",
        goal="answers",
        measure="answered_in_time",
        value=0.7344,
        low=0.7012,
        high=0.7698,
        n=1234,
        numerator=906.0,
        denominator=1234.0,
        numerators="answered_24h",
        denominator_metric="questions_due_24h",
        target_op=">=",
        target_value=0.8,
        target_set_at=date(2024, 11, 3),
        verdict="not_met",
        min_n=100,
        completeness=0.951,
    )
    months(con, "A2", [0.7, None, 0.8], goal="answers")
    months(con, "A2", [0.7, None, 0.8], goal="answers", unit_id="u1")
    yield con
    con.close()
