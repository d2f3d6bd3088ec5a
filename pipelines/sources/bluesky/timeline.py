"""What belongs to an account in its feed, and what a thread holds: pure functions over answered objects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec

from pipelines.sources import verbatim
from pipelines.sources.bluesky.records import Post
from pipelines.sources.comments import Said
from pipelines.sources.own_threads import Knot, standing_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.stream import Rejected, Stream


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

    @property
    def parent(self) -> str | None:
        """What it answers."""
        return self.record.reply.parent.uri if self.record.reply else None

    @property
    def stands_at(self) -> datetime | None:
        """Where it stands in feeds."""
        return stands_at(self.record.created_at, self.indexed_at)


class _Item(msgspec.Struct):
    """What stands in a feed: a post, and why, if not because it is new there."""

    post: msgspec.Raw
    reason: msgspec.Raw = msgspec.Raw()


_item = msgspec.json.Decoder(_Item).decode


def instant(text: str) -> datetime | None:
    """An instant with its offset, UTC; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is UTC:  # nearly always, and astimezone costs as much as the reading
            return moment
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # anybody may claim the last hour of the year 9999
        return None


def stands_at(created_at: str | None, indexed_at: str | None) -> datetime | None:
    """Where a post stands in feeds: createdAt, but never later than indexedAt, for anybody may claim any createdAt."""
    created, indexed = instant(created_at or ""), instant(indexed_at or "")
    return min(created, indexed) if created and indexed else created or indexed


@dataclass(frozen=True)
class Listed:
    """The account's own posts of a feed's page, from some instant on.

    Args:
        rows: as they may be kept.
        rejected: those that do not fit, by their place on the page; nothing is kept of one that may be another's.
        posts: all of these whose address can be read, each with the instant at which it stands.
        is_past: whether the page reached further back.
    """

    rows: list[bytes]
    rejected: list[Rejected]
    posts: list[tuple[Post, datetime | None]]
    is_past: bool


def own_posts(stream: Stream, items: list[msgspec.Raw], did: str, since: datetime) -> Listed:
    """Filter a feed's page through the allow-list of posts.

    A repost is another's post, and a pin is a second copy of a post that stands in its own place: both bear a reason.
    A post's uri names the repository that it lies in, where nobody writes but its owner.
    """
    own = _repository(did)
    posts: list[tuple[Post, datetime | None]] = []
    is_past = False

    def is_in_sight(post: Post, moment: datetime | None) -> bool:
        nonlocal is_past
        if moment is not None and moment < since:
            is_past = True
            return False
        if post.uri.startswith(own):  # of any other address nobody can be asked more
            posts.append((post, moment))
        return True

    def is_wanted(post: Post) -> bool:
        if not post.uri.startswith(own):
            raise msgspec.ValidationError("Expected a post in the account's own repository - at `$.uri`")
        return is_in_sight(post, stands_at(post.record and post.record.createdAt, post.indexedAt))

    asked = {place: post for place, raw in enumerate(items, start=1) if (post := _post_of(raw)) is not None}
    places = list(asked)
    rows, refused = stream.read(asked.values(), is_wanted)
    rejected: list[Rejected] = []
    for one in refused:
        place = places[one.line - 1]
        said = _said_by(asked[place])
        is_ours = _is_of(said, did)
        if is_ours is False:
            continue
        if not is_ours:
            rejected.append(replace(one, line=place, content=None, is_replayable=False))
        elif is_in_sight(*_glimpse(said)):
            rejected.append(replace(one, line=place))
    return Listed(rows, rejected, posts, is_past)


def _repository(did: str) -> str:
    return f"at://{did}/"


def _post_of(raw: msgspec.Raw) -> msgspec.Raw | bytes | None:
    """The post of an item without a reason. What is no item is handed on: the allow-list refuses it, and says why."""
    try:
        item = _item(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _said_by(raw)  # an item that our decoder refused may still be one
    else:
        return item.post if bytes(item.reason) in (b"", b"null") else None
    if "post" not in said:
        return raw
    return verbatim.write(said["post"]).encode() if said.get("reason") is None else None


def _said_by(raw: msgspec.Raw | bytes) -> dict[str, Any]:
    """What an object says that our decoder refused; nothing if it is no object."""
    try:
        said = verbatim.read(bytes(raw))
    except ValueError:
        return {}
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def _text(value: object, name: str) -> str | None:
    found = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) and not isinstance(found, verbatim.Literal) else None


def _is_of(said: dict[str, Any], did: str) -> bool | None:
    """Whether a refused post is an account's, by its uri or else its author; None where nobody can tell."""
    uri, author = _text(said, "uri"), _text(said.get("author"), "did")
    if uri is not None and uri.startswith(_repository(did)):
        return True
    told = {author == did} if author is not None else set[bool]()
    if uri is not None and uri.startswith("at://did:"):
        told.add(False)
    return told.pop() if len(told) == 1 else None


def _glimpse(said: dict[str, Any]) -> tuple[Post, datetime | None]:
    """Of a refused post what is needed to place it, and to ask for what was answered to it."""
    post = Post(uri=_text(said, "uri") or "", replyCount=0 if said.get("replyCount") == "0" else None)
    return post, stands_at(_text(said.get("record"), "createdAt"), _text(said, "indexedAt"))


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
