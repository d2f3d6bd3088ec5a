"""What every source is: who is read, how far back, and how to ask it.

A source talks to its platform through `http.HttpClient` and yields pages. It knows nothing of files or databases: what
it has read is kept by whoever iterates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from pipelines.sources.endpoint import Endpoint
    from pipelines.sources.http import HttpClient
    from pipelines.sources.refused import Refusal
    from pipelines.sources.stream import Page, Role, Stream


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account that is read.

    Args:
        account_id: `platform:native_id`.
        platform: as in the metric catalogue: `facebook`, `instagram`, `x`.
        native_id: the platform's own id, text even when digits.
        unit_id: the unit it belongs to.
        handle: its name for people, or None.
        opened_at, closed_at: UTC, or None where unknown or still open.
    """

    account_id: str
    platform: str
    native_id: str
    unit_id: str
    handle: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Resume:
    """Where an interrupted crawl goes on.

    Args:
        cursor: of the next page.
        number: of the next page, 1-based.
    """

    cursor: str
    number: int


@dataclass(frozen=True, kw_only=True)
class PullPlan:
    """How far a pull reaches.

    Args:
        now: our clock when the pull began, UTC.
        timezone: IANA name of the organisation's zone; tips are asked for by its days.
        post_window_days: posts younger than this are read again, because their counts still grow and because a post may
            appear late.
        young_only_hours: only posts younger than this many hours, and nothing but posts and their metrics; None reads
            everything.
        window: for period streams, UTC, half-open; None asks for the source's own trailing window.
        stories: stories as well, which vanish within a day.
        comment_days: only posts younger than this are asked for their comments.
        resume: stream name to the place where an interrupted crawl goes on.
        refused: the metrics that the account was refused in earlier pulls.
    """

    now: datetime
    timezone: str = "Europe/Stockholm"
    post_window_days: int = 28
    young_only_hours: int | None = None
    window: tuple[datetime, datetime] | None = None
    stories: bool = True
    comment_days: int = 14
    resume: Mapping[str, Resume] = field(default_factory=dict["str", "Resume"])
    refused: tuple[Refusal, ...] = ()

    @property
    def posts_since(self) -> datetime:
        """The age limit of the posts to read: UTC, inclusive."""
        if self.young_only_hours is not None:
            return self.now - timedelta(hours=self.young_only_hours)
        return self.now - timedelta(days=self.post_window_days)

    @property
    def comments_since(self) -> datetime:
        """The age limit of the posts whose comments are read: UTC, inclusive."""
        return max(self.posts_since, self.now - timedelta(days=self.comment_days))

    def wants(self, role: Role) -> bool:
        """Whether streams of a role are to be read."""
        if role == "stories":
            return self.stories
        return self.young_only_hours is None or role in ("posts", "post_metrics", "metric_status")

    def start_of(self, stream: str, *, anew: bool = False) -> tuple[str | None, int]:
        """Cursor and page number a stream starts at: (None, 1) unless a crawl is resumed.

        Args:
            stream: its name.
            anew: begin again all the same, because what was listed before the cut is needed once more.
        """
        place = None if anew else self.resume.get(stream)
        return (place.cursor, place.number) if place else (None, 1)


class Clients(Protocol):
    """The ways to the platforms, opened as they are needed."""

    def at(self, endpoint: Endpoint) -> HttpClient:
        """The client of an endpoint, the same for everyone who asks for it.

        Raises:
            ConfigurationError: its address is not one we send tokens to.
        """
        ...


class Source(Protocol):
    """One platform."""

    @property
    def name(self) -> str:
        """As in `raw.<source>__<stream>`."""
        ...

    @property
    def platform(self) -> str | None:
        """The platform whose accounts it reads; None for a source that is read once, without accounts."""
        ...

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Everything it may give."""
        ...

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """Every place that will be asked for these accounts: their addresses are checked before anything is asked.

        Raises:
            ConfigurationError: an account does not say where it lives.
        """
        ...

    def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account, page by page.

        Raises:
            CredentialError: the token is missing, refused or lacks a permission.
            DeferredError: the quota is used up.
            SourceError: the platform is unreachable or answers in a way we cannot read.
        """
        ...

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask one cheap question and return a short sentence on who answered.

        Raises:
            The same as `pull`.
        """
        ...


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of tasks that ran side by side: one cause is told, the cancelled others are its effect."""
    first = group.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", first)
        first = inner.exceptions[0]
    return first
