"""Comments under posts, as far as response times need them: who asked when, and when we answered. Never what was said.

Every platform gives the same record. A comment's text is looked at once, to judge what kind of comment it is, and then
dropped; its author's id becomes a keyed hash before anything is kept (docs/decisions/0011-questions-by-rule.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from pipelines.sources.stream import Record, Rejected, Stream, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import SecretStr

Kind = Literal["question", "comment", "spam"]


class Comment(Record):
    """One comment at the moment of reading, the same for all platforms.

    `parent_id` is the comment it answers, None if it stands directly under the post. `author` is a keyed hash; None
    where the platform does not say who wrote it, and for our own. `kind` is None for our own. `created_at` is ISO 8601
    in UTC.
    """

    id: Text
    post_id: Text
    is_ours: bool
    created_at: Text
    parent_id: Text | None = None
    author: Text | None = None
    kind: Kind | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment as the platform tells it; lives in memory only.

    Args:
        id, post_id, parent_id: the platform's own.
        author_id: the platform's own; None where it is not told.
        is_ours: the account itself wrote it.
        created_at: aware.
        text: as plain as the platform gives it; markup is taken out by the connector.
    """

    id: str
    post_id: str
    created_at: datetime
    is_ours: bool
    text: str = ""
    parent_id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed hashes instead of people's ids: the same person of one platform is the same hash, and nobody can go back.

    Args:
        key: the institution's own, kept outside of the database; whoever deletes it, deletes the link.
    """

    key: SecretStr

    def of(self, platform: str, author_id: str) -> str:
        """128 bits of HMAC-SHA-256, hexadecimal; a domain of its own for each platform."""
        message = f"{platform}\0comment\0{author_id}".encode()
        return hmac.new(self.key.get_secret_value().encode(), message, hashlib.sha256).hexdigest()[:32]


def comments_stream(source: str, path: str, **more: object) -> Stream:
    """The stream of a source's comments."""
    return Stream(
        source=source,
        name="comments",
        record=Comment,
        sensitive=True,
        role="comments",
        path=path,
        title="comments and our answers, without text",
        post_key=("post_id",),
        **more,  # pyright: ignore[reportArgumentType]  # the declarations of a stream, passed on
    )


T = TypeVar("T", bound=msgspec.Struct)


def read_comments(
    objects: Iterable[msgspec.Raw],
    shape: type[T],
    tell: Callable[[T], Said | None],
    *,
    platform: str,
    pseudonyms: Pseudonyms,
) -> tuple[list[bytes], list[Rejected]]:
    """Turn a platform's comments into rows that hold neither text nor names.

    Args:
        objects: as answered.
        shape: what is needed of each.
        tell: what it says, or None for what is no comment; a `ValueError` sets the object aside.
        platform: as in the metric catalogue.
        pseudonyms: hashes the authors.

    Returns:
        Rows of `Comment`, and the objects that could not be read, without their content.
    """
    kept: list[bytes] = []
    rejected: list[Rejected] = []
    for line, raw in enumerate(objects, start=1):
        try:
            said = tell(msgspec.json.decode(raw, type=shape))
            row = None if said is None else msgspec.json.encode(_kept(said, platform, pseudonyms))
        except (msgspec.DecodeError, UnicodeDecodeError):
            rejected.append(Rejected(line=line, reason="a comment of an unexpected shape"))
            continue
        except (ValueError, OverflowError):
            rejected.append(Rejected(line=line, reason="a comment without a readable instant"))
            continue
        if row is not None:
            kept.append(row)
    return kept, rejected


def is_since(text: str | None, since: datetime) -> bool:
    """Whether an instant as a platform writes it is not before another; one that cannot be read is asked about."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return True
    return moment.tzinfo is None or moment >= since


def _kept(said: Said, platform: str, pseudonyms: Pseudonyms) -> Comment:
    hashed = said.author_id is not None and not said.is_ours
    return Comment(
        id=said.id,
        post_id=said.post_id,
        is_ours=said.is_ours,
        created_at=said.created_at.astimezone(UTC).isoformat(),
        parent_id=said.parent_id,
        author=pseudonyms.of(platform, said.author_id or "") if hashed else None,
        kind=None if said.is_ours else judged(said.text),
    )


_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NAME = re.compile(r"[@#]\S+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ASKING = re.compile(
    r"(?:^|[.!\n]\s*)(?:hej[,!.]?\s+|hi[,!.]?\s+|hello[,!.]?\s+)?"
    r"(?:hur|var|vart|när|vem|vilka|vilken|vilket|varför|varifrån|vad"
    r"|how|where|when|who|which|why|what)\b",
    re.IGNORECASE,
)


def judged(text: str) -> Kind:
    """What kind of comment it is, by its form alone: a question asks, spam is a link with hardly a word.

    A question mark outside of an address, or a sentence that begins with a question word (Swedish, English).
    """
    plain = _NAME.sub(" ", _LINK.sub(" ", text)).strip()
    if _LINK.search(text) and len(_WORD.findall(plain)) < 3:
        return "spam"
    return "question" if "?" in plain or _ASKING.search(plain) else "comment"
