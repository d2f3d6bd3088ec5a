"""What belongs to an account in its feed, and what a thread holds: pure functions over answered objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said
from pipelines.sources.own_threads import Knot, standing_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.comments import Pseudonyms


class _Author(msgspec.Struct):
    did: str


class _Reference(msgspec.Struct):
    uri: str


class _Reply(msgspec.Struct):
    parent: _Reference


class _Written(msgspec.Struct):
    created_at: str = msgspec.field(name="createdAt", default="")
    text: str = ""
    reply: _Reply | None = None


class PostView(msgspec.Struct):
    """A post, as far as it must be known to place it."""

    uri: str
    author: _Author
    record: _Written
    indexed_at: str = msgspec.field(name="indexedAt", default="")
    replies: int | None = msgspec.field(name="replyCount", default=None)

    @property
    def parent(self) -> str | None:
        """What it answers."""
        return self.record.reply.parent.uri if self.record.reply else None

    @property
    def stands_at(self) -> datetime | None:
        """Where it stands in feeds: createdAt, but never later than indexedAt, for anybody may claim any createdAt."""
        created, indexed = instant(self.record.created_at), instant(self.indexed_at)
        return min(created, indexed) if created and indexed else created or indexed


class _Item(msgspec.Struct):
    post: PostView
    reason: msgspec.Raw = msgspec.Raw()


class _Whole(msgspec.Struct):
    post: msgspec.Raw


_item = msgspec.json.Decoder(_Item).decode
_whole = msgspec.json.Decoder(_Whole).decode


def instant(text: str) -> datetime | None:
    """An instant with its offset, UTC; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is UTC:  # nearly always, and astimezone costs as much as the reading
            return moment
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # anybody may claim the last hour of the year 9999
        return None


def own_posts(items: list[msgspec.Raw], did: str, since: datetime) -> tuple[list[msgspec.Raw], list[PostView], bool]:
    """The account's own posts of a feed's page.

    A repost is another's post, and a pin is a second copy of a post that stands in its own place: both bear a reason.

    Returns:
        The posts from `since` on, as answered; the same, read; and whether the page reached further back than that.
    """
    found: list[msgspec.Raw] = []
    seen: list[PostView] = []
    is_past = False
    for raw in items:
        try:
            item, whole = _item(raw), _whole(raw).post
        except (msgspec.DecodeError, UnicodeDecodeError):
            found.append(raw)  # the allow-list refuses it, and says why
            continue
        if bytes(item.reason) not in (b"", b"null") or item.post.author.did != did:
            continue
        moment = item.post.stands_at
        if moment is not None and moment < since:
            is_past = True
            continue
        found.append(whole)
        seen.append(item.post)
    return found, seen, is_past


class _Node(msgspec.Struct):
    post: msgspec.Raw = msgspec.Raw()
    replies: list[msgspec.Raw] | None = None


def below(thread: msgspec.Raw) -> Iterator[msgspec.Raw]:
    """Every post below the thread's first; those that are gone or blocked are left out."""
    waiting = [(thread, 0)]
    while waiting:
        raw, depth = waiting.pop()
        try:
            node = msgspec.json.decode(raw, type=_Node)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield raw  # told as a comment of an unexpected shape
            continue
        if depth and bytes(node.post):
            yield node.post
        waiting.extend((reply, depth + 1) for reply in reversed(node.replies or []))


def branch(posts: list[msgspec.Raw], root: str, did: str) -> set[str]:
    """Uris of a thread's posts that stand under a post and not under a continuation of it."""
    knots: list[Knot] = []
    for raw in posts:
        try:
            view = msgspec.json.decode(raw, type=PostView)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        knots.append(Knot(view.uri, view.parent, view.author.did == did))
    return standing_under(root, knots)


def veiled(uri: str, did: str, pseudonyms: Pseudonyms) -> str:
    """A post's uri with its author's hash for its author's did: a citizen's would undo the hash beside it."""
    author, slash, rest = uri.removeprefix("at://").partition("/")
    return uri if author == did else f"at://{pseudonyms.of('bluesky', author)}{slash}{rest}"


def said(view: PostView, *, root: str, did: str, pseudonyms: Pseudonyms) -> Said:
    """A reply as a comment under a post of ours.

    Raises:
        ValueError: no instant of it can be read.
    """
    moment = view.stands_at
    if moment is None:
        raise ValueError
    return Said(
        id=veiled(view.uri, did, pseudonyms),
        post_id=root,
        parent_id=None if view.parent in {None, root} else veiled(view.parent or "", did, pseudonyms),
        created_at=moment,
        is_ours=view.author.did == did,
        author_id=view.author.did,
        text=view.record.text,
    )
