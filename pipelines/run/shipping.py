"""The landing and the published tables in the institution's object store, where one is set."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import ConfigurationError, SourceError, StorageError, SyfteError, UsageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing import Landing
from pipelines.locks import held
from pipelines.objects.fetching import Fetched, fetch
from pipelines.objects.heads import Heads
from pipelines.objects.known import failures_noted, note_landing, note_published
from pipelines.objects.location import Location, checked_url
from pipelines.objects.shipping import Shipped, is_behind, ship
from pipelines.objects.store import Store
from pipelines.objects.tables import Written, write_tables
from pipelines.objects.verifying import Found, verify_landing, verify_tables
from pipelines.run.healing import WarehouseHold
from pipelines.settings import load_settings
from pipelines.warehouse.connection import open_hardened
from pipelines.warehouse.publish import take_published
from pipelines.warehouse.semantic import FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pipelines.project import Project

_PATIENCE_S = 600.0
"""How long to wait for another command that uses the store, seconds: as for the warehouse."""


def ship_landing(project: Project, *, check: bool = False, on_event: OnEvent = silent) -> Shipped:
    """Make the landing at SYFTE_LANDING_URL equal to the one here.

    Args:
        project: whose.
        check: read every object there, and write those anew that are not what was shipped.
        on_event: told about progress.

    Raises:
        ConfigurationError: no address is set, there is no such bucket, or a package is missing.
        StorageError, BusyError, CredentialError, SourceError: as `objects.shipping.ship`.
    """
    store = _landing_store(project)
    with _alone(project), failures_noted(project.data, "landing", store.url):
        shipped = ship(Landing(project.landing_dir), store, check=check, on_event=on_event)
        note_landing(project.data, store.url, shipped.head)
    return shipped


def fetch_landing(project: Project, *, on_event: OnEvent = silent) -> Fetched:
    """Bring here what the landing at SYFTE_LANDING_URL has and this one lacks.

    Raises:
        ConfigurationError: no address is set, or nothing was ever shipped there.
        BusyError: a pull or an import is under way, or another process writes the warehouse.
        StorageError, CredentialError, SourceError: as `objects.fetching.fetch`.
    """
    store = _landing_store(project)
    with _alone(project):
        fetched = _fetch(project, store, on_event)
    if fetched is None:
        raise ConfigurationError(
            "Nothing was ever shipped there.",
            where=store.url,
            do="Correct SYFTE_LANDING_URL, or run `syfte landing ship` on the machine that has the landing.",
        )
    return fetched


def publish_to_objects(
    project: Project, *, to: str | None = None, erased: bool = False, on_event: OnEvent = silent
) -> Written:
    """Write the published tables to an object store, as Parquet.

    Args:
        project: whose.
        to: address; None takes SYFTE_PUBLISHED_URL.
        erased: nothing of an earlier publication may stay.
        on_event: told when it is done.

    Raises:
        UsageError: the address is none, or something else lies there.
        StorageError: nothing has been published, or the file is damaged.
        ConfigurationError, CredentialError, SourceError: as `objects.tables.write_tables`.
    """
    settings = load_settings(project.root)
    url = _given(to) if to is not None else settings.published_url
    if url is None:
        raise UsageError("Nothing says where to publish to.", where="syfte publish", do="Give --to s3://bucket/folder.")
    store = Store(Location(url, settings.storage))
    is_set = url == settings.published_url
    with (
        _alone(project),
        tempfile.TemporaryDirectory(prefix="syfte-publish-") as folder,
        failures_noted(project.data, "published", url) if is_set else nullcontext(),
    ):
        open_hardened(project.published_db).close()
        try:
            as_of, rows = take_published(project.published_dir, Path(folder))
        except duckdb.Error as error:
            raise StorageError(
                f"The published tables cannot be read: {str(error).splitlines()[0]}",
                where=str(project.published_db),
                do="Run `syfte run`: it publishes the file anew.",
            ) from None
        files = {path.name: path for path in Path(folder).iterdir()}
        if (project.published_dir / FILE).is_file():
            files[FILE] = project.published_dir / FILE
        written = write_tables(store, files, as_of=as_of, rows=rows, keep_before=not erased)
        if is_set:
            note_published(project.data, url, written.present)
    on_event(Event("progress", "ship", detail=f"{len(rows)} tables at {store.url}"))
    return written


def ship_after_run(project: Project, *, erased: bool = False, on_event: OnEvent = silent) -> SyfteError | None:
    """Ship what has landed and what was published, where an address is set; an error is given back, not raised.

    Args:
        project: whose.
        erased: something was erased: nothing of an earlier publication may stay there.
        on_event: told of both.
    """
    settings = load_settings(project.root)
    first: SyfteError | None = None
    for url, work in (
        (settings.landing_url, lambda: ship_landing(project, on_event=on_event)),
        (settings.published_url, lambda: publish_to_objects(project, erased=erased, on_event=on_event)),
    ):
        if url is None:
            continue
        on_event(Event("start", "ship", detail=url))
        try:
            done = work()
        except SyfteError as error:
            on_event(Event("failed", "ship", detail=error.what))
            first = first or error
        else:
            on_event(Event("done", "ship", detail=f"{done.written} objects to {url}"))
    return first


def ship_what_landed(project: Project, *, on_event: OnEvent = silent) -> SyfteError | None:
    """Ship what has landed, where an address is set; an error is given back, not raised."""
    if load_settings(project.root).landing_url is None:
        return None
    try:
        ship_landing(project, on_event=on_event)
    except SyfteError as error:
        on_event(Event("failed", "ship", detail=error.what))
        return error
    return None


def verify_objects(project: Project, *, check: bool = False) -> dict[str, Found]:
    """Look whether the object stores that are set have all that they say they have. Nothing is changed.

    Args:
        project: whose.
        check: read every object; otherwise sizes tell.

    Returns:
        `objects/landing` and `objects/published` -> what was found, of those that are set. A store that refuses, is
        down or is in use is a finding.
    """
    settings = load_settings(project.root)
    landing = Landing(project.landing_dir)
    looks: dict[str, tuple[str | None, Callable[[Store], Found]]] = {
        "objects/landing": (settings.landing_url, lambda store: verify_landing(landing, store, check=check)),
        "objects/published": (settings.published_url, lambda store: verify_tables(store, check=check)),
    }
    found: dict[str, Found] = {}
    for part, (url, look) in looks.items():
        if url is None:
            continue
        try:
            with _alone(project):
                found[part] = look(Store(Location(url, settings.storage)))
        except SyfteError as error:
            found[part] = Found(0, (f"{error.what} ({error.where})",))
    return found


def catch_up(project: Project, *, on_event: OnEvent = silent) -> None:
    """Before something lands: bring here what the store has and this machine lacks, so that the two do not part.

    A store that is down keeps no machine from going on with what it has; on an empty disk nobody would know what that
    is, and nothing begins.

    Raises:
        StorageError, BusyError, CredentialError, ConfigurationError: as `fetch_landing`; nothing has landed.
        SourceError: the store is down, and nothing has landed here yet.
    """
    if load_settings(project.root).landing_url is None:
        return
    store = _landing_store(project)
    landing = Landing(project.landing_dir)
    try:
        with _alone(project):
            head = Heads(store).newest()
            if head is not None and is_behind(landing, head):
                _fetch(project, store, on_event)
    except SourceError as error:
        if not landing.manifests():
            raise
        on_event(Event("warning", "ship", detail=error.what))


def _fetch(project: Project, store: Store, on_event: OnEvent) -> Fetched | None:
    landing = Landing(project.landing_dir)
    on_event(Event("start", "fetch", detail=store.url))
    with WarehouseHold(project, wait_s=_PATIENCE_S) as hold, landing.held(alone=True):
        hold.take()
        fetched = fetch(landing, store, on_event=on_event)
    if fetched is not None:
        note_landing(project.data, store.url, fetched.head)
        on_event(Event("done", "fetch", detail=f"{fetched.files} files, {fetched.size / 1e6:.1f} MB"))
    return fetched


def _landing_store(project: Project) -> Store:
    settings = load_settings(project.root)
    if settings.landing_url is None:
        raise ConfigurationError(
            "Nothing says where the landing is to be shipped to.",
            where="SYFTE_LANDING_URL",
            do="Set it to a folder of its own, such as s3://bucket/landing (docs/object-storage.md).",
        )
    return Store(Location(settings.landing_url, settings.storage))


@contextmanager
def _alone(project: Project) -> Generator[None]:
    """One command of this machine at a time."""
    path = project.data / "objects.lock"
    with held(path, alone=True, wait_s=_PATIENCE_S, busy="Another command uses the object store."):
        yield


def _given(text: str) -> str:
    try:
        return checked_url(text)
    except ValueError as error:
        raise UsageError(f"The address {error}.", where="--to", do="Correct it.") from None
