"""How Google says what it means: reasons in an error object, and nothing in headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, asked_wait_s, judge_status

if TYPE_CHECKING:
    from collections.abc import Callable


class Problem(msgspec.Struct):
    """One reason."""

    reason: str = ""


class Failure(msgspec.Struct):
    """The error object. `details` is the newer way to say the same."""

    message: str = ""
    errors: list[Problem] | None = None
    details: list[Problem] | None = None

    def reasons(self) -> set[str]:
        """All reasons."""
        return {problem.reason for problem in (*(self.errors or []), *(self.details or []))} - {""}


class Answered(msgspec.Struct):
    """What every answer may hold."""

    error: Failure | None = None


class Items(Answered):
    """A list. An empty one may have no `items` at all; how many there are in all is only estimated."""

    kind: str | None = None
    items: list[msgspec.Raw] | None = None
    nextPageToken: str | None = None  # noqa: N815  # the platform's word

    def flaw(self) -> str | None:
        """Neither items nor the name of what it is: cut off."""
        return "a list without items" if self.items is None and self.kind is None and self.error is None else None

    def next_cursor(self) -> str | None:
        """Token of the next page."""
        return self.nextPageToken


class Column(msgspec.Struct):
    """The head of a report's column."""

    name: str


class Report(Answered):
    """A table. `rows` is missing where there is nothing to tell."""

    columnHeaders: list[Column] | None = None  # noqa: N815  # the platform's word
    rows: list[list[msgspec.Raw]] | None = None

    def flaw(self) -> str | None:
        """A table without a head was cut off."""
        return "a report without column headers" if self.columnHeaders is None and self.error is None else None


_USED_UP = {"quotaExceeded", "dailyLimitExceeded"}
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_GONE = {"videoNotFound", "playlistNotFound", "channelNotFound", "notFound", "commentThreadNotFound", "commentNotFound"}
_BAD_KEY = {"API_KEY_INVALID", "keyInvalid", "keyExpired", "authError"}


def _says(failure: Failure, *phrases: str) -> bool:
    return any(phrase in failure.message.lower() for phrase in phrases)


_RULES: tuple[tuple[Callable[[Failure], bool], Kind], ...] = (
    (lambda f: bool(f.reasons() & (_USED_UP | _TOO_FAST)), Kind.THROTTLED),
    (lambda f: "commentsDisabled" in f.reasons(), Kind.NOT_OFFERED),
    (lambda f: bool(f.reasons() & _GONE), Kind.GONE),
    (lambda f: bool(f.reasons() & _BAD_KEY), Kind.CREDENTIAL),
    (lambda f: _says(f, "query is not supported", "unknown identifier"), Kind.INVALID_METRIC),
)
"""What an error means; the first rule that fits decides, and else the status."""
_FORBIDDEN = "Give key and token what docs/sources/youtube.md asks for: both APIs switched on, the scopes, the channel."


class GoogleDialect:
    """Reasons decide, the status second."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        failure: Failure | None = getattr(answer.envelope, "error", None)
        if failure is None:
            return judge_status(answer)
        reasons = failure.reasons()
        reason = f"HTTP {answer.status}" + (f", {', '.join(sorted(reasons))}" if reasons else "")
        kind = next((kind for fits, kind in _RULES if fits(failure)), None)
        if kind is Kind.THROTTLED:
            used_up = bool(reasons & _USED_UP)
            wait = None if used_up else asked_wait_s(answer)
            return Outcome(kind=kind, reason=reason, wait_s=wait, first_wait_s=15.0, is_used_up=used_up)
        if kind is None and answer.status == 403:
            return Outcome(kind=Kind.CREDENTIAL, reason=reason, do=_FORBIDDEN)
        if kind is None and answer.status >= 300:
            return judge_status(answer)
        return Outcome(kind=kind or Kind.TRANSIENT, reason=reason, is_dead=kind is Kind.CREDENTIAL)

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """None: Google's headers are silent, so that we count ourselves."""
        del source, answer
        return []
