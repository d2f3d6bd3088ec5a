"""`syfte archive-export`: what is about to be disposed of, in open formats with checksums, for the archive.

The folder is a BagIt bag (RFC 8493): `data/` holds a file of JSON lines per table and a description of its columns,
`manifest-sha512.txt` their checksums. A receipt stays here, and lets `syfte erase` and `syfte purge` go on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines import __version__
from pipelines.errors import StorageError, UsageError
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.landing.manifest import check_line, sealed_line
from pipelines.landing.writer import append_durably, write_durably
from pipelines.run.healing import WarehouseHold
from pipelines.run.preparing import bring_up, present
from pipelines.run.withdrawing import CLASSES as WITHDRAWN
from pipelines.run.withdrawing import withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

FRESH = timedelta(days=7)
"""How old the export of what is about to go may be."""

_RECEIPTS = "archive_exports.jsonl"

_TABLES = {
    "posts": "from marts.dim_post where post_id in (select id from chosen)",
    "post_readings": "from marts.fct_post_snapshot where post_id in (select id from chosen)",
    "post_goals": "from marts.fct_post_goal where post_id in (select id from chosen)",
    "comments": "select * exclude (author) from marts.fct_comment where post_id in (select id from chosen)",
    "account_readings": "from marts.fct_account_figure where account_id in (select id from chosen_accounts)",
    "stories": "from marts.fct_story_figure where story_id in (select id from chosen)",
}
"""What is exported of posts and accounts. Comments without the hashes of those who wrote them."""

_DUE = {
    "raw_snapshots": "from marts.fct_post_snapshot where observed_at < $until",
    "tip_rows": "from marts.fct_tips where received_at < $until",
}
"""What age disposes of, and is an official document."""

_READ = (
    "marts.dim_post", "marts.fct_post_snapshot", "marts.fct_post_goal", "marts.fct_comment", "marts.fct_account_figure",
    "marts.fct_story_figure", "marts.fct_tips", "marts.fct_post_gone",
)  # fmt: skip
"""What the queries read."""


class Receipt(msgspec.Struct, kw_only=True, frozen=True):
    """That something was exported.

    Args:
        at: by the project's clock, UTC.
        manifest_sha512: of the bag's manifest.
        targets: keyed hashes of the posts and accounts that were named.
        until: class of data -> the instant up to which it is in the bag, UTC.
        loaded: manifests that had grown since the export before -> bytes of them that were loaded: what came later is
            in no bag.
    """

    at: datetime
    manifest_sha512: str
    targets: tuple[str, ...] = ()
    until: dict[str, datetime] = {}
    loaded: dict[str, int] = {}


@dataclass(frozen=True)
class Export:
    """What was exported: the bag's folder, rows by table, and the receipt."""

    folder: Path
    rows: dict[str, int]
    receipt: Receipt


def archive_export(
    project: Project, folder: Path, *, posts: tuple[str, ...] = (), accounts: tuple[str, ...] = (), days: int = 35
) -> Export:
    """Write a bag of what is named; where nothing is, of what age will dispose of within some days.

    Args:
        project: whose.
        folder: a new one, or an empty one.
        posts: posts that are to be erased, `platform:native_id`.
        accounts: accounts that are to be erased, with all their posts.
        days: how far ahead to look where nothing is named.

    Raises:
        UsageError: the folder is not empty, or nothing was built yet.
        BusyError: another process writes the warehouse.
        StorageError: the disk is full.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("The folder is not empty.", where=f"--to {folder}", do="Name a new one.")
    named = _Named(posts, accounts) if posts or accounts else None
    with WarehouseHold(project, wait_s=600) as hold:
        rows, receipt = hold.do(lambda con: _write(con, project, folder, named, days))
        digest = _seal(project, folder, receipt.at, sum(rows.values()))
        receipt = msgspec.structs.replace(receipt, manifest_sha512=digest)
        append_durably(project.data / _RECEIPTS, sealed_line(msgspec.json.encode(receipt)))
    return Export(folder, rows, receipt)


@dataclass(frozen=True)
class _Named:
    """What is named at the command line."""

    posts: tuple[str, ...]
    accounts: tuple[str, ...]


def _write(
    con: duckdb.DuckDBPyConnection, project: Project, folder: Path, named: _Named | None, days: int
) -> tuple[dict[str, int], Receipt]:
    """Write the bag's tables from everything that has landed; their rows, and the receipt but for its checksum."""
    from pipelines.run.tagging import require_built  # noqa: PLC0415  # the two modules name each other

    now = present(project)
    require_built(con)
    bring_up(con, project, _READ)
    rows: dict[str, int] = {}
    due: dict[str, datetime] = {}
    if named is None:
        due, posts = _due(con, project, now, timedelta(days=days))
        rows = _write_due(con, folder, due)
        named = _Named(posts, ())
    if named.posts or named.accounts:
        rows |= _write_named(con, folder, named.posts, named.accounts)
    marker = Landing(project.landing_dir).erasures.marker()
    subjects = [("post", one) for one in named.posts] + [("account", one) for one in named.accounts]
    before = _loaded(receipts(project))
    ledger = con.execute("select manifest, loaded_bytes from ops.ledger order by all").fetchall()
    return rows, Receipt(
        at=now,
        manifest_sha512="",
        targets=tuple(sorted(marker(*one) for one in subjects)),
        until=due,
        loaded={name: size for name, size in ledger if before.get(name) != size},
    )


def _due(
    con: duckdb.DuckDBPyConnection, project: Project, now: datetime, ahead: timedelta
) -> tuple[dict[str, datetime], tuple[str, ...]]:
    """What age disposes of within some time: classes and their instants, and posts whose text a platform wants gone."""
    from pipelines.run.retaining import rules  # noqa: PLC0415  # the two modules name each other

    until: dict[str, datetime] = {}
    posts: set[str] = set()
    for rule in rules(project):
        by = min(now - rule.keep + ahead, now)
        if rule.name in _DUE:
            until[rule.name] = by
        elif rule.name in WITHDRAWN:
            posts.update(withdrawn(con, project, rule, by))
    return until, tuple(sorted(posts))


def require_archived(project: Project, kind: str, name: str) -> None:
    """Refuse to erase an official document that no fresh export holds.

    Raises:
        UsageError: there is none.
    """
    if unarchived(project, kind, [name]):
        raise UsageError(
            f"This {kind} is an official document, and no export of the last {FRESH.days} days holds it.",
            where=kind.upper(),
            do=f"Run `syfte archive-export --to DIR --{kind} ID` first, or say --no-archive if the decision does.",
        )


def unarchived(project: Project, kind: str, names: Sequence[str]) -> list[str]:
    """Those of some posts or accounts that no fresh export holds."""
    oldest = present(project) - FRESH
    fresh = {target for receipt in receipts(project) if receipt.at >= oldest for target in receipt.targets}
    marker = Landing(project.landing_dir).erasures.marker()
    return [name for name in names if marker(kind, name) not in fresh]


def archived(project: Project, name: str, until: datetime) -> dict[str, int] | None:
    """How far the landing was in the last export that holds a class of data up to an instant.

    Returns:
        Manifest -> bytes of it; None if there is no such export.
    """
    made = receipts(project)
    fit = [place for place, one in enumerate(made, start=1) if name in one.until and one.until[name] >= until]
    return _loaded(made[: fit[-1]]) if fit else None


def _loaded(made: Iterable[Receipt]) -> dict[str, int]:
    return {name: size for receipt in made for name, size in receipt.loaded.items()}


def receipts(project: Project) -> list[Receipt]:
    """Every export, in the order they were made.

    Raises:
        StorageError: a line is not what was written.
    """
    path = project.data / _RECEIPTS
    if not path.exists():
        return []
    decode = msgspec.json.Decoder(Receipt).decode
    return [decode(check_line(line, path)) for line in path.read_bytes().split(b"\n")[:-1]]


def _write_due(con: duckdb.DuckDBPyConnection, folder: Path, due: dict[str, datetime]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for name, until in due.items():
        con.execute("create or replace temp table bag as " + _DUE[name].replace("$until", "?"), [until])
        rows[name] = _write_table(con, folder, name)
    return rows


def _write_named(
    con: duckdb.DuckDBPyConnection, folder: Path, posts: tuple[str, ...], accounts: tuple[str, ...]
) -> dict[str, int]:
    con.execute("create or replace temp table chosen_accounts as select unnest(?::varchar[]) as id", [list(accounts)])
    con.execute(
        """
        create or replace temp table chosen as
        select unnest(?::varchar[]) as id
        union select post_id from marts.dim_post where account_id in (select id from chosen_accounts)
        union select story_id from marts.fct_story_figure where account_id in (select id from chosen_accounts)
        """,
        [list(posts)],
    )
    rows: dict[str, int] = {}
    for name, query in _TABLES.items():
        con.execute(f"create or replace temp table bag as {query}")
        rows[name] = _write_table(con, folder, name)
    return rows


def _write_table(con: duckdb.DuckDBPyConnection, folder: Path, name: str) -> int:
    """The rows of `bag` as JSON lines, and its columns as a CSV beside them."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    columns = con.execute("describe bag").fetchall()
    lines = ["column,type", *(f"{row[0]},{str(row[1]).replace(',', ';')}" for row in columns)]
    (data / f"{name}.columns.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = str(data / f"{name}.jsonl").replace("'", "''")
    con.execute(f"copy (from bag order by all) to '{path}' (format json)")
    return int(con.execute("select count(*) from bag").fetchall()[0][0])


def _seal(project: Project, folder: Path, now: datetime, rows: int) -> str:
    """Write the bag's own files; the SHA-512 of its manifest."""
    goals = load_goals(project.goals_path)
    held = sorted(path for path in (folder / "data").iterdir())
    octets = sum(path.stat().st_size for path in held)
    said = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"Source-Organization: {goals.organisation.label.sv}\nBagging-Date: {now:%Y-%m-%d}\n"
            f"Payload-Oxum: {octets}.{len(held)}\nBag-Software-Agent: syfte {__version__}\n"
            f"External-Description: {rows} rows taken out before disposal\n"
        ),
        "manifest-sha512.txt": "".join(f"{_sha512(path)}  data/{path.name}\n" for path in held),
    }
    for name, text in said.items():
        write_durably(folder / name, text.encode())
    tags = "".join(f"{_sha512(folder / name)}  {name}\n" for name in said)
    write_durably(folder / "tagmanifest-sha512.txt", tags.encode())
    return _sha512(folder / "manifest-sha512.txt")


def _sha512(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha512").hexdigest()
    except OSError as error:
        raise StorageError(
            f"A file of the export cannot be read: {error.strerror}.", where=str(path), do="Export again."
        ) from None
