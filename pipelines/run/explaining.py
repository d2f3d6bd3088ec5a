"""`syfte explain`: what a KPI's value and verdict rest on, from the published tables alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import UsageError
from pipelines.events import OnEvent, silent
from pipelines.run.reading import end_of_day, open_published

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import date

    import duckdb

    from pipelines.project import Project

Row = dict[str, Any]


@dataclass(frozen=True)
class Precondition:
    """A condition of a verdict: its reason code, whether it holds (None: nothing to judge), the figure it rests on."""

    code: str
    holds: bool | None
    figure: str


@dataclass(frozen=True)
class Explanation:
    """What one KPI (and variant) rests on.

    Args:
        card: its row of `published.goal_scorecard`, of the unit asked for if it has one.
        basis: its row of `published.kpi_basis`.
        formula: how the value comes of the figures.
        verdict: how the verdict comes of the interval.
        preconditions: what must hold before there is a verdict.
        exclusions: rows of `published.kpi_exclusion`.
        lineage: rows of `published.kpi_lineage`.
        query: SQL that `syfte sql` answers with the figures behind the value.
        build: the row of `published.build`.
    """

    card: Row
    basis: Row
    formula: str
    verdict: str
    preconditions: list[Precondition]
    exclusions: list[Row]
    lineage: list[Row]
    query: str
    build: Row


def explain(
    project: Project, kpi_id: str, *, unit: str | None = None, as_of: date | None = None, on_event: OnEvent = silent
) -> list[Explanation]:
    """Say what a KPI rests on, one explanation for each goal and variant that has it.

    Args:
        project: whose.
        kpi_id: as in goals.yaml.
        unit: a unit's id; None for the whole organisation.
        as_of: a local date in the past: as it was published then, computed again. None for what readers see now.
        on_event: told while it is computed.

    Raises:
        UsageError: there is no such KPI, no such unit of it, or nothing was known by that day.
        StorageError: nothing has been published, or a file is damaged.
    """
    with _tables(project, as_of, on_event) as con:
        found = [_explained(con, basis, unit) for basis in _rows(con, "kpi_basis", kpi_id=kpi_id)]
        known = [row[0] for row in con.execute("select distinct kpi_id from published.kpi_basis order by 1").fetchall()]
    if not found:
        raise UsageError("There is no such KPI.", where=kpi_id, do=f"Give one of {', '.join(known)}.")
    return found


@contextmanager
def _tables(project: Project, as_of: date | None, on_event: OnEvent) -> Generator[duckdb.DuckDBPyConnection]:
    if as_of is None:
        with open_published(project) as con:
            yield con
        return
    from pipelines.run.replaying import replayed  # noqa: PLC0415  # opens every room

    with replayed(project, end_of_day(project, as_of), on_event=on_event) as con:
        yield con


def _rows(con: duckdb.DuckDBPyConnection, table: str, **wanted: object) -> list[Row]:
    conditions = " and ".join(f'"{name}" is not distinct from ${name}' for name in wanted) or "true"
    found = con.execute(f"select * from published.{table} where {conditions}", wanted or None)  # noqa: S608  # our names
    names = [str(column[0]) for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _explained(con: duckdb.DuckDBPyConnection, basis: Row, unit: str | None) -> Explanation:
    which = {name: basis[name] for name in ("goal_id", "kpi_id", "variant")}
    cards = [c for c in _rows(con, "goal_scorecard", **which) if c["unit_id"] in (None, unit)]
    card = next((c for c in cards if c["unit_id"] == unit), cards[0])
    cells = [c for c in _rows(con, "kpi_cell", **which) if unit in (None, c["unit_id"])]
    if unit is not None and not cells and card["unit_id"] is None:
        raise UsageError(
            f"{basis['kpi_id']} has nothing for that unit.",
            where=f"--unit {unit}",
            do="Leave the option out for the whole organisation; published.kpi_cell has the units it is known for.",
        )
    shown = bool(cells) and all(cell["state"] == "measured" for cell in cells)
    of = {name: basis[name] for name in ("goal_id", "kpi_id")}
    return Explanation(
        card=card,
        basis=basis,
        formula=_formula(card, basis),
        verdict=_verdict(card),
        preconditions=_preconditions(card, basis),
        exclusions=_rows(con, "kpi_exclusion", **of),
        lineage=_rows(con, "kpi_lineage", **of),
        query=_query(basis, unit, shown=shown),
        build=_rows(con, "build")[0],
    )


def _formula(card: Row, basis: Row) -> str:
    if card["value"] is None:
        return f"no value: {card['reasons'] or card['state']}"
    above, below, scale = basis["numerator"], basis["denominator"], basis["scale"]
    if basis["kind"] == "mean_over_unit_months":
        said = f"mean over {basis['data_rows']} unit-months of contacts / 1 000 inhabitants"
    elif not _is_ratio(basis):
        said = f"{basis['kind']}, estimated from {card['n']} observations"
    else:
        said = f"{above:.10g} / {below:.10g}" + ("" if scale == 1 else f" x {scale:g}")
    said += f" = {card['value']:.10g}"
    if card["low"] is None or card["high"] is None:
        return f"{said}; no interval can be given honestly"
    kind = f"{card['interval_kind']}, level {basis['interval_level']:g}"
    if card["interval_kind"] == "census":
        kind = "census: everything was counted"
    return f"{said}, from {card['low']:.10g} to {card['high']:.10g} ({kind})"


_RATIOS = ("share_census", "proportion", "count_rate", "ratio_of_sums", "survey_share")
"""Kinds whose value is numerator / denominator x scale; a causal ratio has both, and is another number (METHOD 5.4)."""


def _is_ratio(basis: Row) -> bool:
    return basis["kind"] in _RATIOS and basis["numerator"] is not None and bool(basis["denominator"])


def _verdict(card: Row) -> str:
    op, target, verdict, low, high = (card[k] for k in ("target_op", "target_value", "verdict", "low", "high"))
    if target is None:
        return "goals.yaml sets no target, so there is no verdict"
    if low is None or high is None or {*(card["reasons"] or "").split(",")} - {"", "post_hoc_target", _INSIDE}:
        return f"target {op} {target:g}; not judged, because a precondition fails -> {verdict}"
    good, bad = (low, high) if op == ">=" else (high, low)
    names = ("low", "high") if op == ">=" else ("high", "low")
    if verdict == "met":
        return f"{names[0]} {good:.6g} {op} target {target:g} -> met"
    if verdict == "not_met":
        return f"{names[1]} {bad:.6g} {'<' if op == '>=' else '>'} target {target:g} -> not_met"
    return f"low {low:.6g} and high {high:.6g} lie on both sides of target {target:g} -> {verdict}"


_INSIDE = "target_inside_interval"


def _preconditions(card: Row, basis: Row) -> list[Precondition]:
    failing = {*(card["reasons"] or "").split(",")} - {"", "no_target", "post_hoc_target", _INSIDE}
    completeness = "unknown" if card["completeness"] is None else f"{card['completeness']:.4f}"
    n = "none" if card["n"] is None else str(card["n"])
    figures = {
        "not_settled": f"settled from {basis['settled_from']}; as of {card['as_of']:%Y-%m-%d %H:%M} UTC",
        "missing_data": f"completeness {completeness}, at least {basis['min_completeness']:g} is needed",
        "small_n": f"n {n}, " + ("no least n is set" if basis["min_n"] is None else f"least n {basis['min_n']}"),
        "series_break": "bridged over a measured overlap" if card["is_bridged"] else "no bridge was used",
        "evidence_grade": f"grade {card['evidence_grade'] or 'none'}, lowest allowed {basis['min_evidence'] or 'any'}",
    }
    judged = {"not_settled"} if card["value"] is None else set(figures)
    known = [
        Precondition(code, code not in failing if code in judged | failing else None, figure)
        for code, figure in figures.items()
    ]
    return known + [Precondition(code, holds=False, figure="") for code in sorted(failing - set(figures))]


def _query(basis: Row, unit: str | None, *, shown: bool) -> str:
    where = f"goal_id = {_quoted(basis['goal_id'])} and kpi_id = {_quoted(basis['kpi_id'])}"
    where += f" and variant is not distinct from {_quoted(basis['variant'])}"
    if not shown and not _is_ratio(basis):
        return f"select value, low, high, n\nfrom published.goal_scorecard\nwhere {where} and unit_id is null"
    if not shown:
        return (
            "select numerator, denominator, scale * numerator / denominator as value, data_sha256\n"
            f"from published.kpi_basis\nwhere {where}"
        )
    value = "sum(numerator) / sum(denominator)"
    if basis["kind"] == "mean_over_unit_months":
        value = "avg(numerator / denominator)"
    where += f" and unit_id = {_quoted(unit)}" if unit else ""
    if basis["is_on_last_day"]:
        last = f"select max(period_end) from published.kpi_cell where {where}"  # noqa: S608  # printed, to be pasted
        where += f"\n    and period_end = ({last})"
    return (
        "select count(*) as cells, sum(numerator) as numerator, sum(denominator) as denominator,\n"
        f"    {basis['scale']:g} * {value} as value\nfrom published.kpi_cell\nwhere {where}"
    )


def _quoted(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"
