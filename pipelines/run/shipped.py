"""How far the object store is, as this machine knows it: what `syfte status` tells, without asking the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pipelines.landing import Landing
from pipelines.objects.known import Failed, LandingThere, PublishedThere, behind, read_known

if TYPE_CHECKING:
    from datetime import timedelta

    from pipelines.objects.known import Behind
    from pipelines.project import Project

N = TypeVar("N", LandingThere, PublishedThere, Failed)


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
    there, failed = _of(url, known.landing), _of(url, known.landing_failed)
    if there is None:
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
    there, failed = _of(url, known.published), _of(url, known.published_failed)
    if there is None:
        return ShippedTables(url, failed=failed)
    is_behind = as_of is not None and as_of > there.as_of
    return ShippedTables(url, there.at, datetime.now(UTC) - there.at, there.as_of, there.folder, is_behind, failed)


def _of(url: str, noted: N | None) -> N | None:
    """What was noted, if it is of this address and not of one that was set before."""
    return noted if noted is not None and noted.url == url else None
