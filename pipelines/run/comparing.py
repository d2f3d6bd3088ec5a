"""`syfte compare`: two publications or two periods side by side, and what changed in between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.errors import UsageError
from pipelines.events import OnEvent, silent
from pipelines.landing import Publications
from pipelines.run.reading import end_of_day, open_published, scorecard_by
from pipelines.run.revising import changed_keys
from pipelines.statistics.differences import newcombe, of_bounds
from pipelines.warehouse.publish import stamp

if TYPE_CHECKING:
    import duckdb

    from pipelines.project import Project

Row = dict[str, Any]

Change = tuple[str, str, Any, Any]
"""Kind, what, before, after."""

KEY = ("goal_id", "kpi_id", "variant", "unit_id", "platform")

NOW = "now"
"""What readers see now, as a publication."""


class Break(NamedTuple):
    """A change of what a platform counts, and the KPI it concerns."""

    goal_id: str
    kpi_id: str
    platform: str
    metric: str
    day: date
    bridge: float | None


@dataclass(frozen=True)
class Side:
    """One of the two.

    Args:
        said: what it is, for people.
        rows: KPI rows; None where a column is not published for it.
        goals: goal -> verdict; empty for a period, from which no verdict is drawn.
        as_of: the publication it is read from, UTC.
        period: first and last day counted, where it is a period.
    """

    said: str
    rows: list[Row]
    goals: dict[str, str]
    as_of: datetime
    period: tuple[date, date] | None = None


@dataclass(frozen=True)
class Comparison:
    """What was found.

    Args:
        then: the first one.
        now: the second one.
        between: what changed between them: kind, what, before, after.
        rows: one per KPI, variant, unit and platform of either; the columns of `row_of`.
    """

    then: Side
    now: Side
    between: list[Change]
    rows: list[Row]


def compare(project: Project, first: str, second: str, *, on_event: OnEvent = silent) -> Comparison:
    """Compare two publications, or two periods of the present one.

    Args:
        project: whose.
        first: a day or instant (the publication that stood then), the id of a publication, `now`, or a week (2026-W05)
            or month (2026-01).
        second: one of the same kind.
        on_event: told while a publication that the history lacks is computed again.

    Raises:
        UsageError: one cannot be read, is not known, or they are of two kinds or the same.
        StorageError: nothing has been published, or a file is damaged.
    """
    grains = [_period(given) for given in (first, second)]
    if (grains[0] is None) != (grains[1] is None):
        raise UsageError(
            "A period and a publication cannot be compared.",
            where=f"{first} {second}",
            do="Give two periods (2026-W05, 2026-01), or two days, instants or publications.",
        )
    between: list[Change] = []
    if grains[0] is None or grains[1] is None:
        instants = [_instant(project, given) for given in (first, second)]  # what cannot be read is refused first
        then, now = (_of_publication(project, instant, on_event) for instant in instants)
        between = _between(project, then, now)
        with open_published(project) as con:
            breaks = _breaks(con)
    else:
        with open_published(project) as con:
            then, now = _of_period(con, first, grains[0]), _of_period(con, second, grains[1])
            breaks = _breaks(con)
    if (then.as_of, then.period) == (now.as_of, now.period):
        raise UsageError("Both are the same.", where=f"{then.said}; {now.said}", do="Give two different ones.")
    rows = [row_of(old, new, breaks, same_rows=then.period is None) for old, new in _pairs(then.rows, now.rows)]
    crossed = {b for row in rows for b in row.pop("crossed")}
    told = sorted({(f"{b.platform} {b.metric}", b.day, b.bridge) for b in crossed}, key=str)
    between += [("series_break", f"{what} from {day}", None, bridge) for what, day, bridge in told]
    return Comparison(then, now, between, rows)


def _period(given: str) -> tuple[str, date] | None:
    """Grain and first day of a week or month; None for anything else."""
    try:
        if found := re.fullmatch(r"(\d{4})-W(\d{2})", given):
            return "week", date.fromisocalendar(int(found[1]), int(found[2]), 1)
        if found := re.fullmatch(r"(\d{4})-(\d{2})", given):
            return "month", date(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise UsageError("There is no such period.", where=given, do="Write 2026-W05 or 2026-01.") from None
    return None


def _of_period(con: duckdb.DuckDBPyConnection, given: str, period: tuple[str, date]) -> Side:
    grain, start = period
    found = con.execute(
        "select * from published.kpi_period where grain = $1 and period_start = $2 order by all", [grain, start]
    )
    rows = _dicts(found)
    if not rows:
        query = "select min(period_start), max(period_start) from published.kpi_period where grain = $1"
        [(low, high)] = con.execute(query, [grain]).fetchall()
        raise UsageError(
            "No figures are published for that period.",
            where=given,
            do=f"Give a {grain} that is over and inside the study period; they begin {low} to {high}."
            if low
            else f"No {grain} of the study period is over yet.",
        )
    [(as_of,)] = con.execute("select as_of from published.build").fetchall()
    days = (start, max(row["period_end"] for row in rows))
    said = f"{grain} {given}, {days[0]} to {days[1]}, as published {_utc(as_of)}"
    return Side(said, rows, {}, as_of, days)


def _of_publication(project: Project, instant: datetime | None, on_event: OnEvent) -> Side:
    found = scorecard_by(project, instant, on_event=on_event)
    rows = [{**row, "platform": None} for row in found.kpis.to_dicts()]
    as_of = found.kpis["as_of"].dt.convert_time_zone("UTC").to_list()[0]
    goals = {row["goal_id"]: row["verdict"] for row in found.goals.to_dicts()}
    return Side(f"publication {stamp(as_of)}, as of {_utc(as_of)}", rows, goals, as_of)


def _instant(project: Project, given: str) -> datetime | None:
    """The instant whose publication is meant; None for the present one.

    Raises:
        UsageError: it is none of what may be given, or no publication has that id.
    """
    if given == NOW:
        return None
    if re.fullmatch(r"\d{8}T\d{12}Z", given):
        known = {stamp(p.as_of): p.as_of for p in Publications(project.landing_dir).all()}
        if given not in known:
            newest = ", ".join(sorted(known)[-3:]) or "none"
            raise UsageError("There is no such publication.", where=given, do=f"The newest are {newest}.")
        return known[given]
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
            return end_of_day(project, date.fromisoformat(given))
        instant = datetime.fromisoformat(given)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(
            "This is neither a day, an instant with its zone, a publication nor a period.",
            where=given,
            do="Write 2026-01-31, 2026-01-31T05:15:00Z, the id of a publication, now, 2026-W05 or 2026-01.",
        )
    return instant.astimezone(UTC)


def _dicts(found: duckdb.DuckDBPyConnection) -> list[Row]:
    names = [str(column[0]) for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _pairs(then: list[Row], now: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """Rows of the same key, in the order of the second; what is only in the first comes last."""
    old, new = ({tuple(row[name] for name in KEY): row for row in rows} for rows in (then, now))
    pairs: list[tuple[Row | None, Row | None]] = [(old.get(key), row) for key, row in new.items()]
    return pairs + [(row, None) for key, row in old.items() if key not in new]


def row_of(old: Row | None, new: Row | None, breaks: list[Break], *, same_rows: bool) -> Row:
    """One line of a comparison.

    Args:
        old: row of the first, or None where it has none.
        new: row of the second.
        breaks: every series break that concerns a KPI.
        same_rows: both rest on partly the same facts (two publications), so that only what is certain has an interval.
    """
    known: Row = new or old or {}
    crossed = [] if old is None or new is None else [b for b in breaks if _concerns(b, known) and _parts(b, old, new)]
    no_bridge = any(b.bridge is None for b in crossed)
    row: Row = {name: known[name] for name in KEY}
    for when, side in (("then", old), ("now", new)):
        for name in ("value", "low", "high", "state", "verdict", "target_op", "target_value", "n"):
            row[f"{name}_{when}"] = None if side is None else side.get(name)
        row[f"period_end_{when}"] = None if side is None else side["period_end"]
    row |= {"difference": None, "difference_low": None, "difference_high": None, "difference_kind": "none"}
    if old is not None and new is not None and old["value"] is not None and new["value"] is not None and not no_bridge:
        row |= _difference(old, new, same_rows=same_rows)
    row["remarks"] = ",".join(_remarks(old, new, crossed))
    row["crossed"] = crossed
    return row


def _difference(old: Row, new: Row, *, same_rows: bool) -> Row:
    kinds = {old["interval_kind"], new["interval_kind"]}
    found: Row = {"difference": None if "bounds" in kinds else new["value"] - old["value"]}
    then, now = ((side["value"], side["low"], side["high"]) for side in (old, new))
    if None in (*then, *now):
        return found
    if len(kinds) == 1 and kinds <= {"census", "bounds"}:
        ends, kind = of_bounds(then, now), old["interval_kind"]
    elif kinds == {"wilson"} and not same_rows and _disjoint(old, new):
        ends, kind = newcombe(then, now), "newcombe"
    else:
        return found
    return found | {"difference_low": ends.low, "difference_high": ends.high, "difference_kind": kind}


def _disjoint(old: Row, new: Row) -> bool:
    return bool(old["period_end"] < new["period_start"] or new["period_end"] < old["period_start"])


def _remarks(old: Row | None, new: Row | None, crossed: list[Break]) -> list[str]:
    if old is None or new is None:
        return ["vanished" if new is None else "new"]
    compared = {
        "state": ("state",),
        "verdict": ("verdict",),
        "target": ("target_op", "target_value"),
        "reasons": ("reasons",),
        "interval_kind": ("interval_kind",),
    }
    said = [f"{code}_changed" for code, names in compared.items() if any(old.get(n) != new.get(n) for n in names)]
    said += ["series_break"] if any(b.bridge is None for b in crossed) else []
    return said + (["bridged"] if any(b.bridge is not None for b in crossed) else [])


def _concerns(found: Break, row: Row) -> bool:
    return (found.goal_id, found.kpi_id) == (row["goal_id"], row["kpi_id"]) and row["platform"] in (
        None,
        found.platform,
    )


def _parts(found: Break, old: Row, new: Row) -> bool:
    """Whether the days of two rows lie differently around a break.

    They do not where both are on one side of it, or begin on one day and both reach beyond it.
    """
    (start_1, end_1), (start_2, end_2) = (_counted(row) for row in (old, new))
    if not min(start_1, start_2) < found.day <= max(end_1, end_2):
        return False
    return start_1 != start_2 or found.day > min(end_1, end_2)


def _counted(row: Row) -> tuple[date, date]:
    """First and last day that a row can have counted: a publication knows nothing after its day."""
    end: date = row["period_end"]
    if "as_of" in row:
        end = min(end, (row["as_of"] + timedelta(days=1)).date())
    return row["period_start"], end


_BREAKS = """
    with
    metrics as (
        select
            goal_id,
            kpi_id,
            unnest(string_split(concat_ws(
                ',',
                nullif(numerators, ''),
                denominator_metric,
                case measure when 'views_per_inhabitants' then 'views' when 'unique_reach' then 'reach' end
            ), ',')) as metric
        from published.kpi_basis
    )
    select distinct
        metrics.goal_id, metrics.kpi_id, breaks.platform, breaks.metric, breaks.break_date, breaks.bridge_factor
    from metrics
    inner join published.series_break as breaks
        on case metrics.metric when 'reach' then 'reach_post' else metrics.metric end
            in (breaks.metric, breaks.old_metric)
    inner join (select distinct platform from published.post) as present on breaks.platform = present.platform
    where breaks.scope = 'post'
    order by all
"""


def _breaks(con: duckdb.DuckDBPyConnection) -> list[Break]:
    """Where a platform that the institution uses began to count something else under a KPI."""
    return [Break(*row) for row in con.execute(_BREAKS).fetchall()]


def _between(project: Project, then: Side, now: Side) -> list[Change]:
    """What decides beside the rows and differs between two publications, and the goals whose verdict does."""
    found: list[Change] = [
        ("goal_verdict", goal, then.goals.get(goal), now.goals.get(goal))
        for goal in sorted(then.goals.keys() | now.goals.keys())
        if then.goals.get(goal) != now.goals.get(goal)
    ]
    publications = Publications(project.landing_dir)
    made = [publications.last_by(side.as_of) for side in (then, now)]
    if made[0] is None or made[1] is None:
        return [
            *found,
            ("unknown", "what one of them was made from: it was computed again, never published", None, None),
        ]
    old, new = made[0], made[1]
    if old.code_version != new.code_version:
        found.append(("code_version", "Syfte", old.code_version, new.code_version))
    if old.models_sha256 != new.models_sha256:
        found.append(("models", "text of the models", old.models_sha256[:12], new.models_sha256[:12]))
    if old.goals_sha256 != new.goals_sha256:
        keys = changed_keys(publications, old.goals_sha256, new.goals_sha256)
        found += [("goals", key, *pair) for key, pair in keys.items()] or [("goals", "layout only", None, None)]
    return found
