"""Everything that goes wrong on demand, by name; `docs/sandbox.md` lists them."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.sandbox.exchange import Answer, RefusalError
from pipelines.sandbox.graph import invalid_metric, refuse, usage_headers
from pipelines.sandbox.x import WINDOW, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REGAIN_MINUTES = 12
ALWAYS = 2**31


@dataclass
class Fault:
    """One fault to come.

    Args:
        name: one of `NAMES`.
        times: how often it still strikes; below 0 for ever.
        path: a regular expression that the path and query must hold; empty strikes everywhere.
        skip: matching requests that pass unharmed before it strikes.
    """

    name: str
    times: int = 1
    path: str = ""
    skip: int = 0

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            msg = f"there is no fault {self.name!r}; there are {', '.join(sorted(NAMES))}"
            raise ValueError(msg)
        re.compile(self.path)
        self.times = ALWAYS if self.times < 0 else self.times


class Faults:
    """The faults that are waiting."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._waiting = list(faults)

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all waiting faults."""
        with self._lock:
            self._waiting = list(faults)

    def waiting(self) -> list[Fault]:
        """The faults that have not struck often enough yet."""
        with self._lock:
            return [fault for fault in self._waiting if fault.times > 0]

    def strike(self, target: str) -> list[str]:
        """Names of the faults that strike a request, each used up by one.

        Args:
            target: path and query.
        """
        names: list[str] = []
        with self._lock:
            for fault in self._waiting:
                if fault.times <= 0 or not re.search(fault.path, target):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                names.append(fault.name)
        return names


def _limited(code: int, message: str, *, kind: str = "pages", regain: int = 0) -> RefusalError:
    refusal = refuse(message, code, is_transient=True)
    refusal.answer.headers |= usage_headers("0", kind, used=100, regain_minutes=regain)
    return refusal


def _x_limit(now: int) -> RefusalError:
    refusal = problem("Too Many Requests", "Too Many Requests", "about:blank", 429)
    refusal.answer.headers |= {
        "x-rate-limit-limit": "900",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str((now // WINDOW + 1) * WINDOW),
    }
    return refusal


def _credits() -> RefusalError:
    text = "Your enrolled account [1799999999999999999] does not have any credits to fulfill this request."
    body = {"title": "CreditsDepleted", "detail": text, "type": "https://api.twitter.com/2/problems/credits"}
    return RefusalError(Answer(body=body, status=402))


def _error_in_200() -> RefusalError:
    refusal = refuse("An unknown error has occurred.", 2, is_transient=True)
    refusal.answer.status = 200
    return refusal


def _server_error(status: int, message: str, code: int) -> RefusalError:
    return refuse(message, code, status=status)


_EXPIRED = "Error validating access token: Session has expired on Friday, 20-Nov-26 10:00:00 PST."

REFUSALS: dict[str, Callable[[int], RefusalError]] = {
    "expired_token": lambda _: refuse(_EXPIRED, 190, error_subcode=463),
    "limit_app": lambda _: _limited(4, "(#4) Application request limit reached"),
    "limit_user": lambda _: _limited(17, "(#17) User request limit reached"),
    "limit_page": lambda _: _limited(32, "(#32) Page request limit reached"),
    "limit_pages_business": lambda _: _limited(
        80001, "(#80001) There have been too many calls to this Page account.", regain=REGAIN_MINUTES
    ),
    "limit_instagram_business": lambda _: _limited(
        80002,
        "(#80002) There have been too many calls to this Instagram account.",
        kind="instagram",
        regain=REGAIN_MINUTES,
    ),
    "x_limit": _x_limit,
    "x_credits": lambda _: _credits(),
    "reduce_amount": lambda _: _server_error(
        500, "Please reduce the amount of data you're asking for, then retry your request", 1
    ),
    "server_error": lambda _: _server_error(
        500, "An unexpected error has occurred. Please retry your request later.", 2
    ),
    "error_in_200": lambda _: _error_in_200(),
    "invalid_metric": lambda _: invalid_metric(),
}
"""Instead of the answer, the platform's no. The functions take the world's instant."""

TRANSPORT = {
    "bad_gateway": "502 with an HTML page, as a proxy writes it",
    "unavailable": "503 without a body",
    "connection_reset": "the connection is cut before any answer",
    "body_cut": "the connection is cut in the middle of the body",
    "truncated_json": "HTTP 200, whole by its length, but the JSON ends too early",
    "html_200": "HTTP 200 with an HTML page",
    "slow": "the answer takes `slow_seconds` longer",
}
"""Faults of the way, not of the platform."""

SHAPES = {
    "duplicate_page": "the page before comes once more",
    "post_between_pages": "a post appears between two pages: the last object comes again, the clock moves on",
    "poison_row": "the first object of a list is unreadable: wrong types, half a surrogate pair, a NUL",
    "usage_high": "the usage headers say 96 %",
    "no_date": "the answer has no `Date` header",
}
"""Faults inside an answer that is otherwise right."""

NAMES = {*REFUSALS, *TRANSPORT, *SHAPES}

POISON: dict[str, Any] = {
    "id": 17,
    "tip_id": 17,
    "name": ["x"],
    "message": "half a pair \ud83d and a NUL \u0000",
    "created_time": None,
    "public_metrics": {"like_count": "12", "impression_count": True},
    "like_count": "12",
}
"""An object that no allow-list accepts."""


def bend(body: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Apply `poison_row` to an answer's list."""
    rows: list[dict[str, Any]] | None = body.get("data")
    if "poison_row" not in names or not isinstance(rows, list) or not rows:
        return body
    poisoned = rows[0] | {name: value for name, value in POISON.items() if name in rows[0]}
    return body | {"data": [poisoned, *rows[1:]]}
