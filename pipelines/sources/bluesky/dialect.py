"""How Bluesky says what it means: named errors with almost any status, and the RateLimit headers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, asked_wait_s, judge_status

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = msgspec.Raw()

_CREDENTIAL = frozenset(
    {"AuthMissing", "AuthenticationRequired", "ExpiredToken", "InvalidToken", "AuthFactorTokenRequired"}
)
_GONE = frozenset(
    {"NotFound", "AccountTakedown", "AccountDeactivated", "RepoNotFound", "BlockedActor", "BlockedByActor"}
)
_TRANSIENT = frozenset({"UpstreamFailure", "UpstreamTimeout", "InternalServerError", "NotEnoughResources"})


class Answered(msgspec.Struct):
    """What every answer may hold: `error` names what went wrong, whatever the status."""

    error: str | None = None
    message: str | None = None

    def flaw(self) -> str | None:
        """An answer that claims to be fine and names an error."""
        return f"an answer with the error {self.error}" if self.error else None


class Profile(Answered):
    """An account."""

    did: str | None = None

    def flaw(self) -> str | None:
        """No account."""
        return Answered.flaw(self) or (None if self.did else "a profile without a did")


class Feed(Answered):
    """A page of a feed; one without posts may still have a next one."""

    feed: list[msgspec.Raw] | None = None
    cursor: str | None = None

    def flaw(self) -> str | None:
        """A page that was cut off."""
        return Answered.flaw(self) or ("a page without a feed" if self.feed is None else None)

    def next_cursor(self) -> str | None:
        """No cursor is the end."""
        return self.cursor or None


class Thread(Answered):
    """A post and what stands below it."""

    thread: msgspec.Raw = NOTHING

    def flaw(self) -> str | None:
        """No thread."""
        return Answered.flaw(self) or (None if bytes(self.thread) else "an answer without a thread")


class BlueskyDialect:
    """The error's name decides, the status second: an expired token comes as 400."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        envelope = answer.envelope if isinstance(answer.envelope, Answered) else None
        name = (envelope.error if envelope else None) or ""
        reason = f"HTTP {answer.status}" + (f", {name[:60]}" if name else "")
        if answer.status == 429 or name == "RateLimitExceeded":
            wait = asked_wait_s(answer, reset_at(answer.headers))
            return Outcome(kind=Kind.THROTTLED, reason=reason, wait_s=wait, first_wait_s=15.0)
        if name in _CREDENTIAL:
            return Outcome(kind=Kind.CREDENTIAL, reason=reason, is_dead=True)
        if name in _GONE or (name == "InvalidRequest" and "not found" in (envelope.message or "" if envelope else "")):
            return Outcome(kind=Kind.GONE, reason=reason)
        if name in _TRANSIENT:
            return Outcome(kind=Kind.TRANSIENT, reason=reason)
        return judge_status(answer)

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """What a PDS says is left; the public AppView says nothing."""
        limit, left = (_number(answer.headers, f"ratelimit-{name}") for name in ("limit", "remaining"))
        if not limit or left is None:
            return []
        return [
            Quota(
                source=source,
                name="ratelimit",
                used_ratio=1 - left / limit,
                observed_at=answer.answered_at,
                resets_at=reset_at(answer.headers),
                stop_from=1.0,
                left=left,
            )
        ]


def reset_at(headers: Mapping[str, str]) -> datetime | None:
    """End of the current window by ratelimit-reset (unix seconds), UTC."""
    second = _number(headers, "ratelimit-reset")
    return None if second is None else datetime.fromtimestamp(second, UTC)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
