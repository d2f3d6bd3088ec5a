"""`syfte publish`: the published tables into a PostgreSQL, for dashboards that cannot open a DuckDB file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pipelines.errors import SyfteError, UsageError
from pipelines.events import Event, OnEvent, silent
from pipelines.postgres.address import Address
from pipelines.postgres.pushing import Pushed, Target, push
from pipelines.run.publishing import published_contracts
from pipelines.run.reading import open_published
from pipelines.settings import load_settings
from pipelines.sources.redaction import REDACTION

if TYPE_CHECKING:
    from pipelines.project import Project
    from pipelines.settings import Settings


def places(project: Project, to: str | None) -> list[Literal["postgresql", "objects"]]:
    """What kind of place an address is; without one, the kinds that settings name, or PostgreSQL, whose error helps."""
    if to is not None:
        is_store = "://" in to and not to.startswith(("postgresql:", "postgres:"))
        return ["objects" if is_store else "postgresql"]
    settings = load_settings(project.root)
    objects: list[Literal["postgresql", "objects"]] = ["objects"] if settings.published_url else []
    return ["postgresql", *objects] if settings.postgres_url or not objects else objects


def push_published(
    project: Project,
    *,
    to: str | None = None,
    schema: str | None = None,
    readers: str | None = None,
    compare_all: bool = False,
    on_event: OnEvent = silent,
) -> Pushed:
    """Make a schema of PostgreSQL equal to what was published last, in one transaction.

    Args:
        project: whose.
        to: the database's address, without a password; None takes SYFTE_POSTGRES_URL.
        schema: None takes SYFTE_POSTGRES_SCHEMA.
        readers: a role that may read; None takes SYFTE_POSTGRES_READERS.
        compare_all: compare every row, also of tables that have not changed since the last push.
        on_event: told of each table that changes.

    Raises:
        UsageError: there is no address, or the one on the command line holds a password.
        StorageError: nothing has been published, or the file is damaged.
        ConfigurationError, CredentialError, SourceError, BusyError: as `postgres.pushing.push`.
    """
    settings = load_settings(project.root)
    address = _given(to) if to is not None else _set(settings)
    target = Target(address, schema or settings.postgres_schema, readers or settings.postgres_readers)
    keys = {name: contract.key for name, contract in published_contracts().items()}
    with open_published(project) as con:
        return push(con, target, keys=keys, compare_all=compare_all, on_event=on_event)


def push_after_run(project: Project, *, on_event: OnEvent = silent) -> tuple[Pushed | None, SyfteError | None]:
    """Push what has just been published, if SYFTE_POSTGRES_URL is set; an error is given back, not raised."""
    if load_settings(project.root).postgres_url is None:
        return None, None
    on_event(Event("start", "push"))
    try:
        pushed = push_published(project, on_event=on_event)
    except SyfteError as error:
        on_event(Event("failed", "push", detail=error.what))
        return None, error
    on_event(Event("done", "push", detail=f"{pushed.inserted} rows in, {pushed.deleted} out"))
    return pushed, None


def _set(settings: Settings) -> Address:
    if settings.postgres_url is None:
        raise UsageError(
            "Nothing says where to publish to.",
            where="syfte publish",
            do="Give its address without the password, `--to postgresql://user@host:5432/database`, or set "
            "SYFTE_POSTGRES_URL; for object storage, `--to s3://bucket/folder` or SYFTE_PUBLISHED_URL.",
        )
    return Address(settings.postgres_url.get_secret_value())


def _given(text: str) -> Address:
    try:
        address = Address(text)
        secrets = list(address.secrets())
    except ValueError as error:
        raise UsageError(f"The address {error}.", where="--to", do="Correct it.") from None
    if secrets:
        REDACTION.learn(secrets)
        raise UsageError(
            "The address on the command line holds a password, which everybody on this machine can read there.",
            where=f"--to, {address.place}",
            do="Leave it out and set PGPASSWORD or ~/.pgpass, or put the whole address into SYFTE_POSTGRES_URL (or its "
            "file). Change the password if others were at this machine.",
        )
    return address
