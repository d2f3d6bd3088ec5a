"""Reading page by page: alike for every platform, however it says where the next page is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from pipelines.errors import SourceError
from pipelines.sources.outcomes import Envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from pipelines.sources.http import Reply

MAX_PAGES = 10_000
"""Far beyond what any platform lists; a crawl that gets here goes in circles."""


class Paged(Envelope, Protocol):
    """The outside of an answer that is one page of many."""

    def next_cursor(self) -> str | None:
        """Where the next page starts; None when the platform says that there is none.

        Raises:
            SourceError: the platform says there is a next page, but not where.
        """
        ...


P = TypeVar("P", bound=Paged)


async def pages(
    ask: Callable[[str | None], Awaitable[Reply[P]]],
    cursor: str | None = None,
    *,
    most: int = MAX_PAGES,
    following: Callable[[Reply[P]], str | None] = lambda reply: reply.envelope.next_cursor(),
) -> AsyncIterator[tuple[Reply[P], str | None]]:
    """Page by page with the cursor of the next, until the platform says that there is no next page.

    A page may be short or empty and still not be the last.

    Args:
        ask: the request for the page at a cursor; None for the first.
        cursor: where to begin.
        most: pages after which a crawl is taken for endless.
        following: where the next page is said, if not in the body (a `Link` header).

    Raises:
        SourceError: the cursor comes back, or there is no end.
    """
    seen = {cursor}
    for _ in range(most):
        reply = await ask(cursor)
        cursor = following(reply)
        yield reply, cursor
        if cursor is None:
            return
        if cursor in seen:
            raise SourceError("The pages go in circles: a cursor came twice.", do="Run again; if it stays, report it.")
        seen.add(cursor)
    raise SourceError(f"There is no end after {most} pages.", do="Please report it.")
