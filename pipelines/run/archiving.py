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
from pipelines.landing.writer import write_durably
from pipelines.run.preparing import all_streams, present
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

if TYPE_CHECKING:
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


class Receipt(msgspec.Struct, kw_only=True, frozen=True):
    """That something was exported.

    Args:
        at: by the project's clock, UTC.
        manifest_sha512: of the bag's manifest.
        targets: keyed hashes of the posts and accounts that were named.
        until: class of data -> the instant up to which it is in the bag, UTC.
    """

    at: datetime
    manifest_sha512: str
    targets: tuple[str, ...] = ()
    until: dict[str, datetime] = {}


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
    from pipelines.run.retaining import limits  # noqa: PLC0415  # the two modules name each other
    from pipelines.run.tagging import require_built  # noqa: PLC0415

    if folder.exists() and any(folder.iterdir()):
        raise UsageError("The folder is not empty.", where=f"--to {folder}", do="Name a new one.")
    landing, now = Landing(project.landing_dir), present(project)
    with open_writer(project.warehouse_path, wait_s=600) as con:
        load(con, landing, all_streams())
        require_built(con)
        until = {} if posts or accounts else {name: at + timedelta(days=days) for name, at in limits(project).items()}
        due = {name: min(until[name], now) for name in _DUE if name in until}
        rows = _write_due(con, folder, due) if due else _write_named(con, folder, posts, accounts)
    digest = _seal(project, folder, now, sum(rows.values()))
    marker = landing.erasures.marker()
    named = [("post", one) for one in posts] + [("account", one) for one in accounts]
    receipt = Receipt(at=now, manifest_sha512=digest, targets=tuple(sorted(marker(*one) for one in named)), until=due)
    _keep(project, receipt)
    return Export(folder, rows, receipt)


def require_archived(project: Project, kind: str, name: str) -> None:
    """Refuse to erase an official document that no fresh export holds.

    Raises:
        UsageError: there is none.
    """
    target = Landing(project.landing_dir).erasures.marker()(kind, name)
    oldest = present(project) - FRESH
    if not any(receipt.at >= oldest and target in receipt.targets for receipt in receipts(project)):
        raise UsageError(
            f"This {kind} is an official document, and no export of the last {FRESH.days} days holds it.",
            where=kind.upper(),
            do=f"Run `syfte archive-export --to DIR --{kind} ID` first, or say --no-archive if the decision does.",
        )


def archived_until(project: Project, name: str) -> datetime | None:
    """Up to which instant a class of data has been exported, UTC; None if it never was."""
    return max((r.until[name] for r in receipts(project) if name in r.until), default=None)


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


def _keep(project: Project, receipt: Receipt) -> None:
    path = project.data / _RECEIPTS
    known = path.read_bytes() if path.exists() else b""
    write_durably(path, known + sealed_line(msgspec.json.encode(receipt)))


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
