"""`syfte status`: what was read when, what is missing, and how much of the quotas is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.api_versions import sunsets, told_otherwise
from pipelines.goals import load_goals
from pipelines.incidents import Incident, Incidents
from pipelines.refusals import sentences
from pipelines.run.allowances import allowance_rows
from pipelines.run.authorising import auth_status
from pipelines.run.backing_up import BackupStanding, backup_standing
from pipelines.run.preparing import present
from pipelines.run.refusals import read_refusals
from pipelines.settings import load_settings
from pipelines.warehouse.connection import open_hardened

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta
    from pathlib import Path

    import duckdb

    from pipelines.project import Project
    from pipelines.run.allowances import AllowanceRow
    from pipelines.run.shipped import ShippedLanding, ShippedTables
    from pipelines.settings import Settings
    from pipelines.tokens.standing import Standing

_STREAMS = """
    select source, stream, account_id,
        max(fetched_at) as last_read_at,
        arg_max(complete, (fetched_at, page_id)) as is_complete,
        sum(rows_stored)::bigint as rows_stored,
        sum(rows_quarantined - rows_replayed)::bigint as rows_quarantined
    from published.load_log
    group by source, stream, account_id
    order by source, stream, account_id
"""

_GAPS = """
    with missing as (
        select
            kpi_id, local_date,
            local_date - (row_number() over (partition by kpi_id order by local_date))::integer as island
        from published.kpi_daily
        where unit_id is null and platform is null and state = 'missing'
    )
    select kpi_id, min(local_date) as first_date, max(local_date) as last_date, count(*) as days
    from missing
    group by kpi_id, island
    order by kpi_id, first_date
"""


_VERSIONS = """
    select source, api_version_asked, api_version_answered
    from published.load_log
    where api_version_asked is not null and api_version_answered is not null
    qualify row_number() over (partition by source order by fetched_at desc, page_id desc) = 1
"""


_STRANGE = """
    select source, stream, name, first_seen_at from published.strange_field where is_new order by all
"""


@dataclass(frozen=True)
class StreamStatus:
    """How a stream of an account stands. `age` is None if it was never read; `rows_quarantined` are those that wait.

    `rows_stored` is None for tips, whose numbers may be small counts.
    """

    source: str
    stream: str
    account_id: str | None
    last_read_at: datetime
    age: timedelta
    is_complete: bool
    rows_stored: int | None
    rows_quarantined: int


@dataclass(frozen=True)
class StreamSummary:
    """How a stream stands over all accounts that it was read of.

    Args:
        accounts: how many; of those, `incomplete` were not read to the end the last time.
        oldest_read_at: the last reading of the account that has waited longest, UTC.
    """

    source: str
    stream: str
    accounts: int
    incomplete: int
    oldest_read_at: datetime
    age: timedelta
    rows_stored: int | None
    rows_quarantined: int


@dataclass(frozen=True)
class Gap:
    """Local dates in a row, both included, for which a daily series has no value because nothing was read."""

    kpi_id: str
    first_date: date
    last_date: date
    days: int


@dataclass(frozen=True)
class StrangeField:
    """A field that a platform has begun to send, and nothing reads."""

    source: str
    stream: str
    name: str
    first_seen_at: datetime


@dataclass(frozen=True)
class StatusReport:
    """How the project stands.

    Args:
        as_of: the instant the published numbers speak of, UTC; None if nothing has been published.
        database: the readers' file.
        streams: every stream that was read.
        never_read: accounts of goals.yaml that no page has come from.
        gaps: missing days of the daily series.
        allowances: how much of what each platform allows is used.
        tokens: those that a person must see to.
        versions: what is to be seen to of the interfaces' versions, a sentence each.
        refused: metrics that a platform refuses, a sentence each.
        strange_fields: fields that a platform did not send when it was read first.
        incidents: what was damaged and nobody has said to have seen.
        backup: how the backups stand; None where no place is set.
        shipped_landing: how far the landing in the object store is, as known here; None where none is set.
        shipped_tables: the same of the published tables there.
    """

    as_of: datetime | None
    database: Path
    streams: list[StreamStatus]
    never_read: list[str]
    gaps: list[Gap]
    allowances: list[AllowanceRow]
    tokens: list[Standing] = field(default_factory=list["Standing"])
    versions: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    strange_fields: list[StrangeField] = field(default_factory=list[StrangeField])
    incidents: list[Incident] = field(default_factory=list[Incident])
    backup: BackupStanding | None = None
    shipped_landing: ShippedLanding | None = None
    shipped_tables: ShippedTables | None = None

    @property
    def tightest(self) -> list[AllowanceRow]:
        """The allowances; of those that a platform tells of each account, the one that is used most."""
        found: dict[tuple[str, str, str | None], AllowanceRow] = {}
        for row in self.allowances:
            told = row.known_from == "header"
            key = (row.source, row.name.partition(" ")[0] if told else row.name, row.host)
            if key not in found or (told and (row.used or 0) > (found[key].used or 0)):
                found[key] = row
        return list(found.values())

    @property
    def summaries(self) -> list[StreamSummary]:
        """The streams without their accounts, in their order."""
        groups: dict[tuple[str, str], list[StreamStatus]] = {}
        for one in self.streams:
            groups.setdefault((one.source, one.stream), []).append(one)
        return [
            StreamSummary(
                source=source,
                stream=stream,
                accounts=len(group),
                incomplete=sum(not one.is_complete for one in group),
                oldest_read_at=min(one.last_read_at for one in group),
                age=max(one.age for one in group),
                rows_stored=sum(stored)
                if (stored := [n for one in group if (n := one.rows_stored) is not None])
                else None,
                rows_quarantined=sum(one.rows_quarantined for one in group),
            )
            for (source, stream), group in groups.items()
        ]


def status(project: Project) -> StatusReport:
    """Read the published database, goals.yaml and the ledger; opens no warehouse, so it answers while a run writes.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong.
        StorageError: the published database is damaged.
    """
    goals = load_goals(project.goals_path)
    configured = [account.account_id for account in goals.accounts]
    settings = load_settings(project.root)
    allowances = allowance_rows(project, goals, settings)
    versions = [f"{one.sentence}. {one.do}" for one in sunsets(settings, settings.clock_now.date())]
    refused = sentences(read_refusals(project.data))
    incidents = Incidents(project.data).unseen()
    backup = backup_standing(project)
    tokens = [token for token in auth_status(project) if token.needs_action]
    if not project.published_db.exists():
        return StatusReport(
            None, project.published_db, [], configured, [], allowances, tokens, versions, refused, [], incidents,
            backup, *_shipped(project, settings, None),
        )  # fmt: skip
    now = present(project)
    with open_hardened(project.published_db) as con:
        streams = _streams(con, now)
        gaps = [Gap(*row) for row in con.execute(_GAPS).fetchall()]
        versions.extend(_answered_otherwise(con))
        strange = [StrangeField(*row) for row in con.execute(_STRANGE).fetchall()]
        [(as_of,)] = con.execute("select max(as_of) from published.goal_verdict").fetchall()
    read = {stream.account_id for stream in streams}
    unread = [account for account in configured if account not in read]
    return StatusReport(
        as_of, project.published_db, streams, unread, gaps, allowances, tokens, versions, refused, strange, incidents,
        backup, *_shipped(project, settings, as_of),
    )  # fmt: skip


def _shipped(
    project: Project, settings: Settings, as_of: datetime | None
) -> tuple[ShippedLanding | None, ShippedTables | None]:
    """How far the object store is; nothing of it is imported where none is set."""
    if settings.landing_url is None and settings.published_url is None:
        return None, None
    from pipelines.run.shipped import shipped_landing, shipped_tables  # noqa: PLC0415  # see above

    return (
        shipped_landing(project, settings.landing_url) if settings.landing_url else None,
        shipped_tables(project, settings.published_url, as_of) if settings.published_url else None,
    )


def _answered_otherwise(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        told_otherwise(source, asked, answered)
        for source, asked, answered in con.execute(_VERSIONS).fetchall()
        if asked != answered
    ]


def _streams(con: duckdb.DuckDBPyConnection, now: datetime) -> list[StreamStatus]:
    return [
        StreamStatus(source, stream, account, last, now - last, bool(complete), stored, quarantined)
        for source, stream, account, last, complete, stored, quarantined in con.execute(_STREAMS).fetchall()
    ]


def see_incidents(project: Project) -> list[Incident]:
    """Note that a person has seen what was damaged; `status` does not tell it again.

    Returns:
        What had not been seen before.
    """
    return Incidents(project.data).see()
