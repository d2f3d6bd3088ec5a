"""What an answer means, and what the server asks of us: typed outcomes, waits on the server's clock, quota readings.

Everything here is a function of the answer alone, so that it can be tested (and fuzzed) without a network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT_S = 31 * 86400.0
"""A server that asks for more than a month is broken; without a bound, 400 digits become infinity."""


class Kind(Enum):
    """What to do with an answer."""

    OK = "ok"
    CREDENTIAL = "credential"  # once, then stop: the token is refused, or may not see this
    THROTTLED = "throttled"  # wait as long as asked
    TRANSIENT = "transient"  # may heal
    PERMANENT = "permanent"  # will not heal
    BAD_PAYLOAD = "bad payload"  # cut off, or not JSON: may heal
    REDUCE = "reduce"  # Graph: ask for fewer objects a page
    INVALID_METRIC = "invalid metric"  # Graph: one name of the request is not offered
    NOT_OFFERED = "not offered"  # Graph: this object has no such figures, and will not get them
    GONE = "gone"  # not there, or not for us
    EXHAUSTED = "exhausted"  # the account's credit is spent: nothing of this platform will answer


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A judged answer.

    Args:
        reason: for people; never holds a token.
        wait_s: seconds the server asked us to wait, or None if it did not say.
        first_wait_s: where the server did not say: the first wait, doubled at each try.
        do: what the operator can do, where the dialect knows better than the core.
        is_dead: the token itself is refused: no other request with it can succeed.
        is_used_up: a day's or a month's allowance is used up; with `THROTTLED`. The wait is then until it is whole.
        is_answered: the platform said something; False where nobody knows whether it took the request.
    """

    kind: Kind
    reason: str = ""
    wait_s: float | None = None
    first_wait_s: float = 0.5
    do: str | None = None
    is_dead: bool = False
    is_used_up: bool = False
    is_answered: bool = True


OK = Outcome(kind=Kind.OK)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How much of an allowance is used.

    Args:
        name: the allowance, as the platform calls it.
        used_ratio: 0 to 1, may exceed 1; None if the platform does not say.
        resets_at: when it is whole again, UTC; None if the platform does not say.
        observed_at: the server's clock, UTC.
        wait_s: seconds until access is regained; 0 if it is not lost.
        stop_from: share from which we stop by ourselves.
        left: requests that are left; None if the platform does not say.
    """

    source: str
    name: str
    used_ratio: float | None
    observed_at: datetime
    resets_at: datetime | None = None
    wait_s: float = 0.0
    stop_from: float = 0.95
    left: int | None = None


class Envelope(Protocol):
    """The decoded outside of an answer."""

    def flaw(self) -> str | None:
        """What is missing from an answer that claims to be fine, or None. Guards against an end that is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, before it is judged.

    Args:
        envelope: None if the body could not be decoded.
        problem: why it could not.
        answered_at: the server's clock, UTC.
    """

    status: int
    headers: Mapping[str, str]
    envelope: Envelope | None
    answered_at: datetime
    problem: str = ""
    is_malformed: bool = field(default=False)


class Dialect(Protocol):
    """How a platform says what it means."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer by its content first and its status second."""
        ...

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """The allowances that the answer's headers speak of."""
        ...


def judge_status(answer: Answer) -> Outcome:
    """Classify by status alone, and by whether the body could be read: the common ground of all dialects."""
    status = answer.status
    reason = f"HTTP {status}"
    if 200 <= status < 300:
        return _judge_body(answer)
    if status in _FINAL:
        return Outcome(kind=_FINAL[status], reason=reason, is_dead=status == 401)
    if status == 429:
        return Outcome(kind=Kind.THROTTLED, reason=reason, wait_s=asked_wait_s(answer), first_wait_s=15.0)
    if status in (408, 425) or status >= 500:
        return Outcome(kind=Kind.TRANSIENT, reason=reason, wait_s=asked_wait_s(answer))
    detail = "; a redirect is never followed" if 300 <= status < 400 else ""
    return Outcome(kind=Kind.PERMANENT, reason=reason + detail)


_FINAL = {401: Kind.CREDENTIAL, 403: Kind.CREDENTIAL, 404: Kind.GONE, 410: Kind.GONE}


def _judge_body(answer: Answer) -> Outcome:
    if answer.envelope is None:
        kind = Kind.BAD_PAYLOAD if answer.is_malformed else Kind.PERMANENT
        # a good answer that we cannot read may have cost what a readable one costs
        return Outcome(kind=kind, reason=f"HTTP {answer.status}, {answer.problem}", is_answered=False)
    if flaw := answer.envelope.flaw():
        return Outcome(kind=Kind.BAD_PAYLOAD, reason=f"HTTP {answer.status}, {flaw}")
    return OK


def server_clock(headers: Mapping[str, str], fallback: datetime) -> datetime:
    """The server's own time of answering, UTC: absolute times must not be compared with a skewed clock of ours."""
    return _http_date(headers.get("date", "")) or fallback


def asked_wait_s(answer: Answer, reset: datetime | None = None) -> float | None:
    """Seconds the server asks us to wait: Retry-After (seconds or a date) or the window's end; None if neither.

    Args:
        answer: what came.
        reset: end of the window, where the platform does not say it by x-rate-limit-reset.
    """
    asked = answer.headers.get("retry-after", "").strip()
    if _is_digits(asked):
        return min(float(asked), LONGEST_WAIT_S)
    if asked and (moment := _http_date(asked)):
        return _bounded((moment - answer.answered_at).total_seconds())
    reset = reset or reset_at(answer.headers)
    # The header has whole seconds: one second of guard, so that no request comes before the reset.
    return _bounded((reset - answer.answered_at).total_seconds() + 1.0) if reset else None


def reset_at(headers: Mapping[str, str]) -> datetime | None:
    """End of the current window by x-rate-limit-reset (unix seconds), UTC."""
    text = headers.get("x-rate-limit-reset", "").strip()
    if not _is_digits(text) or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()  # "¹".isdigit() is true, and float("¹") raises


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
