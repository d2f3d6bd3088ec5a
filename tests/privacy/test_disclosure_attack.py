"""P3: a reader of every published table, of one release and of the next, cannot work out a count that is hidden.

The tables are those of real runs, a night apart; a month of the study period ends between them, so that totals have
grown. All that they say of tips is written down as sums (`relations.py`), over the counts of unit x channel of a day
and over those of the period. A linear programme then gives the smallest and the largest that each hidden count can be.

What is asserted, of every hidden count that is not a 0 which the tables show elsewhere (a unit with a shown 0 of tips
has no documented ones either; a 0 is shown only where no appeal was out):
- it lies in an interval as wide as the threshold, or wider: none is found out, not even nearly;
- none is known to be small: its largest possible value is the threshold at least.
The same holds of channels of units that are not even listed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.project import Project
from pipelines.run import import_files, run_project
from pipelines.run.demonstration import write_environment, write_goals
from pipelines.sandbox import World, project_config, write_canonical
from tests.integration.projects import plain_project
from tests.privacy.relations import SHOWN_TO, Relations

if TYPE_CHECKING:
    from pathlib import Path

DAYS = (datetime(2025, 11, 30, 5, tzinfo=UTC), datetime(2025, 12, 1, 5, tzinfo=UTC))
PROFILES = {"internal": (5, 5), "public": (10, 5)}
"""Smallest count shown, and base of the rounding."""
EVER = float("inf")
MEASURES = ("tips", "documented", "touched")


@dataclass(frozen=True)
class Release:
    """What a reader has of one day."""

    daily: list[dict[str, Any]]
    touch: list[dict[str, Any]]
    basis: dict[str, tuple[float | None, float | None]]
    counted_to: dict[str, date]
    numbers_of_tips: int
    by_day: list[dict[str, Any]]


def read(path: Path) -> Release:
    with duckdb.connect(path, read_only=True) as con:

        def rows(query: str) -> list[dict[str, Any]]:
            return con.sql(query).pl().to_dicts()

        told = """select 1 from published.load_log where stream = 'tips' and rows_stored is not null
            union all select 1 from published.kpi_lineage where table_name like '%tip%' and rows is not null"""
        said = "from published.kpi_basis where goal_id = 'tips' order by kpi_id"
        return Release(
            daily=rows("from published.tips_daily where state <> 'missing'"),
            touch=rows("from published.tips_touch"),
            basis={r["kpi_id"]: (r["numerator"], r["denominator"]) for r in rows(said)},
            counted_to={r["kpi_id"]: r["counted_to"] for r in rows(said)},
            numbers_of_tips=len(rows(told)),
            by_day=rows("from published.kpi_daily where kpi_id in ('tips', 'tips_documented') and state = 'measured'"),
        )


@pytest.fixture(scope="module", params=PROFILES)
def published(request, tmp_path_factory) -> tuple[int, list[Release]]:
    """The threshold, and two releases of one project."""
    least, base = PROFILES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    world = World(7, scale=0.1)
    config = project_config(world, "http://localhost", ["facebook"])
    project = Project(plain_project(folder / "project"))
    write_goals(project, config)
    said = project.goals_path.read_text(encoding="utf-8")
    assert said.count("min_cell: 5") == 1
    assert said.count("public_round_to: 5") == 1
    said = said.replace("min_cell: 5", f"min_cell: {least}").replace("public_round_to: 5", f"public_round_to: {base}")
    project.goals_path.write_text(said, encoding="utf-8")
    releases = []
    for now in DAYS:
        write_environment(project, config, now)
        write_canonical(world, folder / f"{now:%d}", until=now)
        import_files(project, [folder / f"{now:%d}"])
        run_project(project, pull=False, report=False)
        releases.append(read(project.published_db))
    return least, releases


class Reader:
    """The relations of one day's counts, and of all days of the organisation, as the tables give them."""

    def __init__(self, releases: list[Release]) -> None:
        self.releases = releases
        # a later release corrects an earlier one where both show a number; what only one of them shows is known, too
        self.cells: dict[tuple[date, str | None, str | None], dict[str, Any]] = {}
        for row in (row for release in releases for row in release.daily):
            key = (row["local_date"], row["unit_id"], row["channel"])
            known = self.cells.get(key, {})
            self.cells[key] = {
                **row,
                **{m: row[m] if row[m] is not None else known.get(m) for m in MEASURES},
            }
        for row in (row for release in releases for row in release.by_day):
            cell = self.cells[row["local_date"], row["unit_id"], None]
            measure = "tips" if row["kpi_id"] == "tips" else "documented"
            assert cell[measure] in (None, row["n"])
            cell[measure] = row["n"]
        self.units = sorted({unit for _, unit, _ in self.cells if unit})
        self.channels = [*sorted({channel for _, _, channel in self.cells if channel}), "unlisted"]
        self.of_unit = {row["unit_id"]: row for row in releases[-1].touch if row["unit_id"]}

    def parts(self, measure: str, unit: str | None, channel: str | None) -> list[tuple[str, str, str]]:
        units = [unit] if unit else [*self.units, "unknown"]
        return [(measure, u, c) for u in dict.fromkeys(units) for c in ([channel] if channel else self.channels)]

    def day(self, day: date) -> Relations:
        """Units x channels of a day, tied by the totals that are shown of them."""
        found = Relations()
        for unit in dict.fromkeys([*self.units, "unknown"]):
            for channel in self.channels:
                found.know([("tips", unit, channel)], 0, EVER, less=[("touched", unit, channel)])
                found.know([("touched", unit, channel)], 0, EVER, less=[("documented", unit, channel)])
            known = self.of_unit.get(unit)
            for measure in ("documented", "touched"):
                if known and known[measure] is not None and is_in_study(day):
                    found.know(self.parts(measure, unit, None), 0, known[measure] + SHOWN_TO)
        for (when, unit, channel), row in self.cells.items():
            if when == day:
                for measure in MEASURES:
                    know(found, self.parts(measure, unit, channel), measure, row[measure])
                if channel and row["tips"] is None:
                    found.know(self.parts("tips", unit, channel), 1, EVER)  # it is listed only where tips came
        return found

    def period(self) -> Relations:
        """Days of the organisation, tied by the period's totals and by how many tips there are at all."""
        found = Relations()
        days = [day for day, unit, channel in self.cells if unit is None and channel is None]
        for day in days:
            for larger, smaller in (("tips", "touched"), ("touched", "documented")):
                found.know([(larger, day)], 0, EVER, less=[(smaller, day)])
            for measure in MEASURES:
                know(found, [(measure, day)], measure, self.cells[day, None, None][measure])
        study = [day for day in days if is_counted(day, self.releases[-1], "T2")]
        for measure in ("documented", "touched"):
            [total] = [r[measure] for r in self.releases[-1].touch if r["unit_id"] is None and r["platform"] is None]
            know(found, [(measure, day) for day in study], measure, total)
        know(found, [("touched", day) for day in study], "touched", self.releases[-1].basis["T5"][1])
        for release in self.releases:
            for kpi in ("T2", "T5"):
                counted = [("documented", day) for day in days if is_counted(day, release, kpi)]
                know(found, counted, "documented", release.basis[kpi][0])
            # T1 looks at measured units only: what its total says at most
            tips = [("tips", day) for day in days if is_counted(day, release, "T1")]
            found.know(tips, release.basis["T1"][0], EVER)
        return found

    def units_of_the_period(self) -> Relations:
        """Units and platforms of the study period, as `tips_touch` ties them, with what is rounded for the public."""
        found = Relations()
        rows = self.releases[-1].touch
        for row in rows:
            key = (row["unit_id"], row["platform"])
            found.know([("touched", *key)], -SHOWN_TO, EVER, less=[("documented", *key)])
            for measure in ("documented", "touched"):
                know(found, [(measure, *key)], "touched", row[measure])
                rounded = row[f"{measure}_public"]
                if rounded is not None:
                    found.know([(measure, *key)], rounded - 5, rounded + 5)
        for measure in ("documented", "touched"):
            whole = [(measure, None, None)]
            found.know([(measure, r["unit_id"], None) for r in rows if r["unit_id"]], 0, 0, less=whole)
            found.know([(measure, None, r["platform"]) for r in rows if r["platform"]], 0, 0, less=whole)
        return found


def is_in_study(day: date) -> bool:
    return day.year == 2025


def is_counted(day: date, release: Release, kpi: str) -> bool:
    return is_in_study(day) and day <= release.counted_to[kpi]


def know(found: Relations, parts: list[Any], measure: str, value: float | None) -> None:
    if value is not None:
        half = SHOWN_TO if measure == "touched" else 0.0
        found.know(parts, value - half, value + half)


@dataclass(frozen=True)
class Solved:
    """A hidden count, and what can be said of it."""

    name: tuple[Any, ...]
    low: float
    high: float

    @property
    def width(self) -> float:
        """From the smallest that it can be to the largest."""
        return self.high - self.low + 1e-6


def hidden(row: dict[str, Any]) -> list[str]:
    """What a row does not show though it was counted."""
    states = {measure: "state" if measure == "tips" else f"{measure}_state" for measure in MEASURES}
    return [measure for measure in MEASURES if row[measure] is None and row[states[measure]] == "suppressed"]


def attack(reader: Reader, days: list[date]) -> list[Solved]:
    """Every hidden count of these days, in units and channels and as days of the period, and of the whole period."""
    found: list[Solved] = []
    period = reader.period()
    for day in days:
        relations = reader.day(day)
        for (when, unit, channel), row in reader.cells.items():
            for measure in hidden(row) if when == day else ():
                ends = relations.ends(reader.parts(measure, unit, channel))
                if unit is None and channel is None:
                    low, high = period.ends([(measure, day)])
                    ends = max(ends[0], low), min(ends[1], high)
                found.append(Solved((measure, day, unit, channel), *ends))
        found += unlisted(reader, relations, day)
    relations = reader.units_of_the_period()
    for row in reader.releases[-1].touch:
        key = (row["unit_id"], row["platform"])
        found += [
            Solved((measure, "study", *key), *relations.ends([(measure, *key)]))
            for measure in ("documented", "touched")
            if row[f"{measure}_state"] == "suppressed"
        ]
    return found


def unlisted(reader: Reader, relations: Relations, day: date) -> list[Solved]:
    """Channels of units that have no row on this day, but may hold tips."""
    pairs = [(u, c) for u in reader.units for c in reader.channels if (day, u, c) not in reader.cells]
    chosen = random.Random(day.toordinal()).sample(pairs, min(len(pairs), 12))
    solved = [Solved(("tips", day, *one), *relations.ends(reader.parts("tips", *one))) for one in chosen]
    return [one for one in solved if one.high > 0]


def is_a_shown_zero(reader: Reader, solved: Solved) -> bool:
    """Whether the tables show a 0 of which this count is a part."""
    _, day, unit, channel = solved.name
    if day == "study":
        return False
    above = [reader.cells.get((day, u, c), {}) for u in (unit, None) for c in (channel, None)]
    shown = [row.get(m) for row in above for m in ("tips", solved.name[0], "touched")]
    of_unit = reader.of_unit.get(unit, {})
    return 0 in shown or 0 in (of_unit.get(solved.name[0]), of_unit.get("touched"))


@pytest.mark.promise("P3")
@pytest.mark.slow
@pytest.mark.parametrize("releases", [1, 2])
def test_no_hidden_count_can_be_worked_out_from_every_published_table(published, releases, chaos, figure):
    least, every = published
    reader = Reader(every[-releases:])
    days = sorted({day for day, _, _ in reader.cells})
    telling = [d for d in days if hidden(reader.cells[d, None, None]) == list(MEASURES)]  # even its total is hidden
    chosen = random.Random(chaos.seed).sample(days, chaos.pick(short=5, full=60))
    found = attack(reader, sorted({*chosen, *telling[:2], days[-1]}))
    zeros = [one for one in found if one.high <= 2 * SHOWN_TO and is_a_shown_zero(reader, one)]
    counts = [one for one in found if one not in zeros]
    suppressed = sum(len(hidden(row)) for row in reader.cells.values())
    assert suppressed > 1000
    assert {one.name[0] for one in counts} == set(MEASURES)
    narrowest = round(min(one.width for one in counts), 1)
    which = f"{least}, {releases} release{'s' if releases > 1 else ''}"
    figure(f"suppressed cells (threshold {which})", suppressed)
    figure(f"cells solved (threshold {which})", len(found))
    figure(f"channels of units among them (threshold {which})", len([one for one in counts if one.name[3]]))
    figure(f"narrowest interval of a hidden count (threshold {which})", narrowest)
    known = [one for one in counts if one.width < least or one.high < least]
    figure(f"hidden counts found out (threshold {which})", len(known))
    assert known == []


@pytest.mark.promise("P3")
@pytest.mark.slow
def test_what_a_night_adds_to_a_total_is_a_whole_month_and_no_hidden_count(published, figure):
    least, (before, after) = published
    assert set(before.counted_to.values()) >= {date(2025, 10, 31)}
    assert {after.counted_to[kpi] for kpi in ("T1", "T2", "T4", "T5")} == {date(2025, 11, 30)}
    counts = [[r.basis[kpi][0], r.basis[kpi][1]] for kpi in ("T4", "T5") for r in (before, after)]
    counts = [[above, below, below - above] for above, below in counts]
    grown = [b - a for one, two in (counts[:2], counts[2:]) for a, b in zip(one, two, strict=True)]
    grown += [after.basis[kpi][0] - before.basis[kpi][0] for kpi in ("T1", "T2")]
    figure(f"least that a total grew by (threshold {least})", round(min(grown), 1))
    assert min(grown) >= least
    assert {row["documented_state"] for row in after.touch if row["unit_id"] or row["platform"]} == {"suppressed"}
    assert before.numbers_of_tips == after.numbers_of_tips == 0
