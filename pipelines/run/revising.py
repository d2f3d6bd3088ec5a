"""What was published before, and what has changed since, as tables: the grounds of a revision."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import yaml

from pipelines.landing import Publications
from pipelines.warehouse import checksums
from pipelines.warehouse.publish import REVISIONS, stamp

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

CARD = (
    "goal_id varchar, kpi_id varchar, variant varchar, unit_id varchar, period_start date, period_end date, "
    "as_of timestamptz, value double, low double, high double, verdict varchar, reasons varchar"
)
"""Of a scorecard, what a revision compares, and what tells its rows apart."""

REVISION = (
    "goal_id varchar, kpi_id varchar, variant varchar, unit_id varchar, period_start date, period_end date, "
    "as_of_old timestamptz, as_of_new timestamptz, value_old double, value_new double, low_old double, "
    "low_new double, high_old double, high_new double, verdict_old varchar, verdict_new varchar, "
    "reasons_old varchar, reasons_new varchar, why varchar"
)


def write_past(con: duckdb.DuckDBPyConnection, project: Project, *, as_of: datetime) -> None:
    """Write `ops.previous_card`, `ops.known_revision` and `ops.change`; the last publication before `as_of` counts.

    Raises:
        StorageError: an edition of goals.yaml is gone, or the log is damaged.
        duckdb.Error: a file of the history is damaged.
    """
    for table, columns in (("previous_card", CARD), ("known_revision", REVISION), ("change", "code varchar")):
        con.execute(f"create or replace table ops.{table} ({columns})")
    cards = sorted(p for p in (project.history_dir / "goal_scorecard").glob("*.parquet") if p.stem < stamp(as_of))
    if not cards:
        return
    _insert(con, "previous_card", cards[-1:])
    known = sorted(p for p in (project.history_dir / REVISIONS).glob("*.parquet") if p.stem < stamp(as_of))
    if known:
        _insert(con, "known_revision", known)
    for code in _changes(con, project, as_of):
        con.execute("insert into ops.change values (?)", [code])


def _insert(con: duckdb.DuckDBPyConnection, table: str, files: list[Path]) -> None:
    """What the table has a column for; an older file may lack some, a newer one have more."""
    checksums.require_whole(files)
    names = [str(row[0]) for row in con.execute(f"describe ops.{table}").fetchall()]
    con.execute(
        f"insert into ops.{table} by name "  # noqa: S608  # our names
        f"select columns(lambda c: c in {tuple(names)}) from read_parquet(?, union_by_name = true)",
        [[str(path) for path in files]],
    )


def _changes(con: duckdb.DuckDBPyConnection, project: Project, as_of: datetime) -> list[str]:
    """What decides beside the rows and differs from the publication before."""
    publications = Publications(project.landing_dir)
    before = publications.last_by(as_of - timedelta(microseconds=1))
    if before is None:
        return []
    [(goals, models)] = con.execute("select goals_sha256, models_sha256 from ops.build").fetchall()
    found = ["model_changed"] if models != before.models_sha256 else []
    if goals != before.goals_sha256:
        keys = changed_keys(publications, before.goals_sha256, goals)
        found += [f"goals_changed:{key}" for key in keys] or ["goals_changed:layout"]
    return found


def changed_keys(publications: Publications, before: str, after: str) -> dict[str, tuple[Any, Any]]:
    """What differs between two editions of goals.yaml: path of the key -> old and new; None where it was not there.

    Empty where only comments or the order do.

    Args:
        publications: where the editions are kept.
        before: SHA-256 of one.
        after: SHA-256 of the other.

    Raises:
        StorageError: an edition is gone or damaged.
    """
    old, new = (
        _flat(yaml.safe_load(publications.goals(digest).read_text(encoding="utf-8"))) for digest in (before, after)
    )
    return {
        key: (old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)
    }


def _flat(value: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401  # YAML holds anything
    """Every leaf by its path; members of a list by their id where they have one."""
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        return {k: v for name, inner in pairs for k, v in _flat(inner, f"{path}.{name}" if path else f"{name}").items()}
    if isinstance(value, list):
        found: dict[str, Any] = {}
        for place, inner in enumerate(cast("list[object]", value)):
            name = cast("dict[str, object]", inner).get("id", place) if isinstance(inner, dict) else place
            found |= _flat(inner, f"{path}[{name}]")
        return found
    return {path: value}
