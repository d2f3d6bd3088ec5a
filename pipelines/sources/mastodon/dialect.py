"""How Mastodon says what it means: the status, a sentence in the server's language, and limits with an ISO instant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import msgspec

from pipelines.errors import SourceError
from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, asked_wait_s, judge_status

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answered(msgspec.Struct):
    """What every answer may hold; the sentence is for people, and in any language."""

    error: str | None = None

    def flaw(self) -> str | None:
        """An answer that claims to be fine and holds an error."""
        return "an answer with an error" if self.error else None


class Instance(Answered):
    """The server's word on itself."""

    version: str | None = None


class One(Answered):
    """An account."""

    id: str | None = None

    def flaw(self) -> str | None:
        """No account."""
        return Answered.flaw(self) or (None if self.id else "an account without an id")


class Statuses(Answered):
    """A page of posts: a bare list on the wire."""

    data: list[msgspec.Raw] | None = None

    def flaw(self) -> str | None:
        """No list."""
        return Answered.flaw(self) or ("an answer that is no list" if self.data is None else None)

    def next_cursor(self) -> str | None:
        """The body does not say; the Link header does."""
        return None


class Context(Answered):
    """What stands around a post."""

    descendants: list[msgspec.Raw] | None = None

    def flaw(self) -> str | None:
        """Cut off."""
        return Answered.flaw(self) or ("a context without descendants" if self.descendants is None else None)


class MastodonDialect:
    """The status decides."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        if answer.status == 429:
            wait = asked_wait_s(answer, reset_at(answer.headers))
            return Outcome(kind=Kind.THROTTLED, reason="HTTP 429", wait_s=wait, first_wait_s=15.0)
        if answer.status == 401:
            do = "Issue a token with the scope `read` on the account's own server, and set SYFTE_MASTODON__TOKENS."
            return Outcome(kind=Kind.CREDENTIAL, reason="HTTP 401", do=do, is_dead=True)
        return judge_status(answer)

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """The window of the endpoint that answered."""
        limit, left = (_number(answer.headers, f"x-ratelimit-{name}") for name in ("limit", "remaining"))
        if not limit or left is None:
            return []
        return [
            Quota(
                source=source,
                name="x-ratelimit",
                used_ratio=1 - left / limit,
                observed_at=answer.answered_at,
                resets_at=reset_at(answer.headers),
                stop_from=1.0,
                left=left,
            )
        ]


def reset_at(headers: Mapping[str, str]) -> datetime | None:
    """End of the current window: ISO 8601, UTC."""
    try:
        moment = datetime.fromisoformat(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def next_page(headers: Mapping[str, str]) -> str | None:
    """`max_id` of the next page by the Link header; its address is not followed, for it may lead anywhere.

    Raises:
        SourceError: there is a next page, but its address has no `max_id`.
    """
    for part in headers.get("link", "").split(","):
        address, _, relation = part.partition(">")
        if 'rel="next"' in relation or "rel=next" in relation:
            place = httpx.QueryParams(address.partition("?")[2]).get("max_id")
            if not place:
                raise SourceError(
                    "The server says that there is a next page, but not where.", do="Please report the server's kind."
                )
            return place
    return None


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
