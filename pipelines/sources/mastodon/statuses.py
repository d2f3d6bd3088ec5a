"""What belongs to an account among answered statuses, and what a thread says: pure functions."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec

from pipelines.sources.comments import Said
from pipelines.sources.own_threads import Knot, standing_under

PUBLIC = frozenset({"public", "unlisted"})
"""With a token, the server shows messages to single people too: those are nobody's business."""


class _Author(msgspec.Struct):
    id: str
    uri: str | None = None
    url: str | None = None


class StatusView(msgspec.Struct):
    """A status, as far as it must be known to place it."""

    id: str
    created_at: str
    account: _Author
    visibility: str = "public"
    content: str = ""
    in_reply_to_id: str | None = None
    replies_count: int | None = None
    reblog: msgspec.Raw = msgspec.Raw()

    @property
    def is_boost(self) -> bool:
        """Another's post passed on: its counters are the other's."""
        return bytes(self.reblog) not in (b"", b"null")

    @property
    def published_at(self) -> datetime:
        """UTC.

        Raises:
            ValueError: it cannot be read.
        """
        moment = datetime.fromisoformat(self.created_at)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def own_posts(
    statuses: list[msgspec.Raw], own_id: str, since: datetime
) -> tuple[list[msgspec.Raw], list[StatusView], bool]:
    """The account's own public posts of a page.

    Returns:
        The posts from `since` on, as answered; the same, read; and whether the page reached further back than that.
    """
    found: list[msgspec.Raw] = []
    seen: list[StatusView] = []
    is_past = False
    for raw in statuses:
        try:
            status = msgspec.json.decode(raw, type=StatusView)
            moment = status.published_at
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            found.append(raw)  # the allow-list refuses it, or keeps a post whose instant nobody can read
            continue
        if moment < since:
            is_past = True
        elif not status.is_boost and status.visibility in PUBLIC and status.account.id == own_id:
            found.append(raw)
            seen.append(status)
    return found, seen, is_past


def branch(descendants: list[msgspec.Raw], root: str, own_id: str) -> set[str]:
    """Ids of the descendants that stand under a post and not under a continuation of it."""
    knots: list[Knot] = []
    for raw in descendants:
        try:
            view = msgspec.json.decode(raw, type=StatusView)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        knots.append(Knot(view.id, view.in_reply_to_id, view.account.id == own_id))
    return standing_under(root, knots)


def said(view: StatusView, *, root: str, own_id: str) -> Said | None:
    """A public reply as a comment; None for a message that is not public.

    Raises:
        ValueError: its instant cannot be read.
    """
    if view.visibility not in PUBLIC:
        return None
    return Said(
        id=view.id,
        post_id=root,
        parent_id=None if view.in_reply_to_id == root else view.in_reply_to_id,
        created_at=view.published_at,
        is_ours=view.account.id == own_id,
        author_id=view.account.uri or view.account.url or view.account.id,
        text=plain(view.content),
    )


class _Plain(HTMLParser):
    """Collects what a reader sees; a paragraph's end and a break are a new line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.parts.append("\n")


def plain(content: str) -> str:
    """HTML as text."""
    reader = _Plain()
    reader.feed(content)
    reader.close()
    return "".join(reader.parts).strip()
