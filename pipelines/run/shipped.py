"""How far the object store is, as this machine knows it: what `syfte status` tells, without asking the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.landing import Landing
from pipelines.objects.known import behind, read_known

if TYPE_CHECKING:
    from datetime import timedelta

    from pipelines.objects.known import Behind, Failed
    from pipelines.project import Project


@dataclass(frozen=True)
class ShippedLanding:
    """The landing at SYFTE_LANDING_URL, as known here.

    Args:
        url: where.
        shipped_at: when its state was made, UTC; None if none was ever seen from here, and so of the rest.
        seen_at: when this machine shipped there or fetched from there last, UTC; `age` is the time since.
        generation: the state.
        behind: what has landed here since.
        failed: the last try, if it ended in an error.
    """

    url: str
    shipped_at: datetime | None = None
    seen_at: datetime | None = None
    age: timedelta | None = None
    generation: int | None = None
    behind: Behind | None = None
    failed: Failed | None = None


@dataclass(frozen=True)
class ShippedTables:
    """The published tables at SYFTE_PUBLISHED_URL, as known here.

    Args:
        url: where.
        written_at: when they were written there, UTC; None if that was never done from here, and so of the rest.
        age: since then.
        as_of: the instant their figures stand for, UTC.
        folder: of the files, below the address.
        is_behind: whether readers here see later figures.
        failed: the last try, if it ended in an error.
    """

    url: str
    written_at: datetime | None = None
    age: timedelta | None = None
    as_of: datetime | None = None
    folder: str | None = None
    is_behind: bool | None = None
    failed: Failed | None = None


def shipped_landing(project: Project, url: str) -> ShippedLanding:
    """How far the landing at an address is."""
    known = read_known(project.data)
    failed = known.landing_failed if known.landing_failed and known.landing_failed.url == url else None
    there = known.landing
    if there is None or there.url != url:
        return ShippedLanding(url, failed=failed)
    left = behind(Landing(project.landing_dir), there.files)
    age = datetime.now(UTC) - there.seen_at
    return ShippedLanding(url, there.shipped_at, there.seen_at, age, there.generation, left, failed)


def shipped_tables(project: Project, url: str, as_of: datetime | None) -> ShippedTables:
    """How far the published tables at an address are.

    Args:
        project: whose.
        url: the address.
        as_of: the instant that readers' figures here stand for, UTC; None if nothing has been published.
    """
    known = read_known(project.data)
    failed = known.published_failed if known.published_failed and known.published_failed.url == url else None
    there = known.published
    if there is None or there.url != url:
        return ShippedTables(url, failed=failed)
    is_behind = as_of is not None and as_of > there.as_of
    return ShippedTables(url, there.at, datetime.now(UTC) - there.at, there.as_of, there.folder, is_behind, failed)
