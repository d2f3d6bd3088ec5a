"""METHOD section 9, check by check: the truth of a world beside what the product published of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import zstandard

from pipelines.sandbox.calendar import NEVER, STUDY_END, STUDY_START, ZONE, midnight
from pipelines.sandbox.canonical import OUTAGE
from pipelines.sandbox.counters import level
from pipelines.sandbox.units import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from tests.acceptance.worlds import Measured

CANARY = "CANARY"
TARGET = 1.20
"""Of the tips, in the example's goals.yaml."""


@dataclass(frozen=True)
class Check:
    """One line of the table.

    Args:
        what: what was measured.
        truth: as the world has it.
        found: as it was published, with its interval if it has one.
        bar: what METHOD section 9 asks.
        holds: whether it does.
    """

    what: str
    truth: str
    found: str
    bar: str
    holds: bool


def all_checks(measured: Measured) -> Iterator[Check]:
    """Every check of METHOD section 9."""
    yield from _causal(measured)
    yield from _touched(measured)
    yield from _lag(measured)
    yield from _bridges(measured)
    yield from _weekly(measured)
    yield from _reach(measured)
    yield from _values(measured)
    yield from _verdicts(measured)
    yield _canaries(measured)


def _inside(what: str, truth: float, row: dict[str, float]) -> Check:
    found = f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
    return Check(what, f"{truth:.3f}", found, "inside the interval", row["low"] <= truth <= row["high"])


def _near(what: str, truth: float, found: float, within: float) -> Check:
    return Check(what, f"{truth:.4g}", f"{found:.4g}", f"within {within:.2%}", abs(found / truth - 1) <= within)


def _causal(measured: Measured) -> Iterator[Check]:
    truth = measured.world.truth()["goals"]["T1"]
    rows = {row["measure"]: row for row in measured.ask("from published.tips_effect").to_dicts()}
    yield _inside("rate ratio where units post", truth["rr_treated"], rows["rr_att"])
    yield _inside("rate ratio, whole organisation", truth["rr_national"], rows["rr_nat"])
    if truth["rr_national"] < TARGET:
        share = (truth["rr_treated"] - truth["rr_national"]) / (TARGET - truth["rr_national"])
        yield _inside("share of the gap that coverage explains", share, rows["coverage_gap_share"])


def _touched(measured: Measured) -> Iterator[Check]:
    truth = measured.world.truth()["tips"]
    [row] = measured.ask("from published.tips_touch where unit_id is null and platform is null").to_dicts()
    yield _near("tips touched by a post", truth["touched"], row["touched"], 0.15)
    ordered = row["documented"] <= row["touched"] and truth["documented"] == row["documented"]
    yield Check("documented tips", str(truth["documented"]), str(row["documented"]), "equal, and a floor", ordered)


def _lag(measured: Measured) -> Iterator[Check]:
    found = dict(measured.ask("select measure, value from published.tips_lag").rows())
    laws = measured.world.parameters
    yield _near("median hours from appeal to tip", laws.lag_median_hours, found["median_hours"], 0.10)


def _bridges(measured: Measured) -> Iterator[Check]:
    found = dict(measured.ask("select platform, factor from published.metric_bridge").rows())
    for platform, factor in measured.world.truth()["bridge_factors"].items():
        yield _near(f"views per impression, {platform}", factor, found[platform], 0.01)


def _weekly(measured: Measured) -> Iterator[Check]:
    """Weeks of the study, from Monday: sum of absolute errors over the total (METHOD section 3).

    In the outage nothing was read for five days over a Monday: no method can tell what fell on which side. The two
    weeks together must be right, and their days must be marked as imputed.
    """
    first = STUDY_START + timedelta(days=(7 - STUDY_START.weekday()) % 7)
    mondays = [first + timedelta(days=7 * n) for n in range((STUDY_END - first).days // 7 + 1)]
    edges = np.array([midnight(day) for day in mondays])
    world = measured.world
    posts = np.flatnonzero(world.platform_of(world.posts.account) == PLATFORMS.index("x"))
    for family, native in (("views", "impression_count"), ("likes", "like_count")):
        grid, at = np.repeat(posts, len(edges)), np.tile(edges, len(posts))
        levels = np.floor(level(world.posts.counters, family, grid, at)).reshape(len(posts), len(edges))
        true = np.diff(levels.sum(axis=0))
        found = measured.ask(
            """
            select date_trunc('week', local_date)::date as monday, sum(gain + correction) as views,
                bool_or(is_imputed) as is_imputed
            from published.post_metric_daily where starts_with(post_id, 'x:') and native_metric = ?
            group by all
            """,
            native,
        )
        weeks = pl.DataFrame({"monday": mondays[:-1], "true": true}).join(found, on="monday", how="left")
        out = pl.col("monday").is_in([monday for monday in mondays if _is_out(monday)])
        calm, blind = weeks.filter(~out), weeks.filter(out)
        error = (calm["views"].fill_null(0) - calm["true"]).abs().sum() / calm["true"].sum()
        yield Check(f"weekly {native} on X", "0", f"{error:.2%} off", "within 1 %", error <= 0.01)
        together = blind["views"].sum() / blind["true"].sum() - 1
        is_said = bool(blind["is_imputed"].all())
        yield Check(
            f"the outage's {blind.height} weeks together", "0, imputed", f"{together:.2%} off, imputed: {is_said}",
            "within 1 %, and marked", abs(together) <= 0.01 and is_said,
        )  # fmt: skip


def _is_out(monday: date) -> bool:
    return midnight(monday) < OUTAGE[1] and midnight(monday + timedelta(days=7)) > OUTAGE[0]


def _reach(measured: Measured) -> Iterator[Check]:
    """Every account and month: the people truly reached lie inside the published bounds; X tells no reach.

    Nobody can read what a post reached between its last reading and its deletion, so a month with a deleted post is
    held against the lower bound alone.
    """
    bounds = {
        (row["account_id"], f"{row['month']:%Y-%m}"): row
        for row in measured.ask("from published.account_reach_bounds").to_dicts()
    }
    world = measured.world
    cut_short = {
        (world.author(int(n)).account_id, f"{world.post(int(n)).published_at.astimezone(ZONE):%Y-%m}")
        for n in np.flatnonzero(world.posts.counters.deleted_at < NEVER)
    }
    inside = outside = 0
    for account, months in measured.world.truth()["reach"].items():
        for month, people in months.items():
            row = bounds.get((account, month))
            if row is None and account.startswith("x:"):
                continue
            is_inside = row is not None and row["low"] <= people
            is_inside = is_inside and (people <= row["high"] or (account, month) in cut_short)
            inside, outside = inside + is_inside, outside + (not is_inside)
    yield Check("account-months inside the reach bounds", str(inside + outside), str(inside), "all", outside == 0)


def _values(measured: Measured) -> Iterator[Check]:
    truth = measured.world.truth()["goals"]
    rows = {
        (row["kpi_id"], row["variant"]): row
        for row in measured.ask("from published.goal_scorecard where unit_id is null").to_dicts()
    }
    yield _near("A1", truth["A1"]["value"], rows["A1", None]["value"], 1e-9)
    # the world's truth stops at the year's end, the product's at its clock: the last day's questions differ
    yield _near("A2", truth["A2"]["value"], rows["A2", None]["value"], 0.005)
    yield _near("P1", truth["P1"]["value"], rows["P1", None]["value"], 0.02)
    yield _near("I1", truth["I1"]["value"], rows["I1", None]["value"], 0.02)
    for sample in ("own_channel", "probability_sample"):
        yield _near(f"S1, {sample}", truth["S1"][sample]["value"], rows["S1", sample]["value"], 1e-9)
    own = rows["S1", "own_channel"]
    said = (own["verdict"], own["low"], own["high"])
    yield Check(
        "S1 of the own channels, about the public", "unknown", f"{said[0]}", "insufficient_evidence, no interval",
        said == ("insufficient_evidence", None, None),
    )  # fmt: skip
    coverage = rows["T1", None]
    yield _inside("T1", truth["T1"]["value"], coverage)


def _verdicts(measured: Measured) -> Iterator[Check]:
    found = dict(measured.ask("select goal_id, verdict from published.goal_verdict").rows())
    for goal, verdict in measured.case.verdicts.items():
        yield Check(f"verdict: {goal}", verdict, found[goal], "equal", found[goal] == verdict)


def _canaries(measured: Measured) -> Check:
    """Search every file of the project, packed or not, every table of every database, and all that was printed."""
    places = ["what was printed"] if CANARY in measured.spoken else []
    files = sorted(p for p in measured.project.rglob("*") if p.is_file())
    places += [str(path.relative_to(measured.project)) for path in files if _holds_a_canary(path)]
    return Check("canaries found", "0", str(len(places)), ", ".join(places) or "none anywhere", not places)


def _holds_a_canary(path: Path) -> bool:
    content = path.read_bytes()
    if CANARY.encode() in content:
        return True
    if path.suffix == ".zst":
        return CANARY.encode() in zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()
    if path.suffix == ".parquet":
        with duckdb.connect() as con:
            return _tells(con, f"read_parquet('{path}')")
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.sql("select schema_name, table_name from duckdb_tables()").fetchall()
            return any(_tells(con, f'"{schema}"."{table}"') for schema, table in tables)
    return False


def _tells(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a canary stands in any column that can hold text."""
    described = con.sql(f"describe select * from {table}").fetchall()
    texts = [f"contains(\"{name}\"::varchar, '{CANARY}')" for name, kind, *_ in described if "VARCHAR" in kind]
    if not texts:
        return False
    return con.sql(f"select count(*) from {table} where {' or '.join(texts)}").fetchall()[0][0] > 0
