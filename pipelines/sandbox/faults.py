"""Everything that goes wrong on demand, by name; `docs/sandbox.md` lists them."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pipelines.sandbox.dialects import DIALECTS
from pipelines.sandbox.exchange import Refusal
from pipelines.sandbox.graph import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

ALWAYS = 2**31


@dataclass
class Fault:
    """One fault to come.

    Args:
        name: one of `NAMES`.
        times: how often it still strikes; below 0 for ever.
        path: a regular expression that the path and query must hold; empty strikes everywhere.
        skip: matching requests that pass unharmed before it strikes.
        dialect: the only dialect it strikes; empty strikes any that has it.
    """

    name: str
    times: int = 1
    path: str = ""
    skip: int = 0
    dialect: str = ""

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            msg = f"there is no fault {self.name!r}; there are {', '.join(sorted(NAMES))}"
            raise ValueError(msg)
        re.compile(self.path)
        self.times = ALWAYS if self.times < 0 else self.times

    def is_for(self, dialect: str | None) -> bool:
        """Whether it may strike a request to a dialect."""
        is_another = self.name in _OWNED and (self.name, dialect) not in OWNERS
        return not is_another and self.dialect in {"", dialect}

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `NAME` or `NAME:TIMES`.

        Raises:
            ValueError: there is no such fault; the text lists all, one a line.
        """
        name, _, times = text.partition(":")
        if name not in NAMES:
            width = max(map(len, NAMES))
            lines = [f"  {known:{width}}  {says}" for known, says in sorted(NAMES.items())]
            msg = "\n".join([f"There is no fault {name!r}. There are:", *lines])
            raise ValueError(msg)
        if times and not re.fullmatch(r"-?[0-9]{1,6}", times):
            msg = f"{times!r} is not a number of times"
            raise ValueError(msg)
        return cls(name, int(times or 1))


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

    def strike(self, target: str, dialect: str | None) -> list[str]:
        """Names of the faults that strike a request, each used up by one.

        Args:
            target: path and query.
            dialect: whose request it is; a fault of another dialect lets it pass.
        """
        names: list[str] = []
        with self._lock:
            for fault in self._waiting:
                if fault.times <= 0 or not fault.is_for(dialect) or not re.search(fault.path, target):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                names.append(fault.name)
        return names


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
    "duplicate_page": "the page before comes once more; nothing is lost",
    "post_between_pages": "the last object comes again, and the clock moves on to the next post",
    "poison_row": "the first object of a list has wrong types, half a surrogate pair and a NUL",
    "no_date": "the answer has no `Date` header",
    "token_expired": "the request's token ends, in the platform's own words, and stays so until it is renewed",
}
"""Faults inside an answer that is otherwise right; the dialects have more of their own."""

REFUSALS = {
    "server_error": Refusal(
        lambda _: refuse("An unexpected error has occurred. Please retry your request later.", 2, status=500),
        "HTTP 500 with an error object",
    ),
} | {name: refusal for dialect in DIALECTS for name, refusal in dialect.refusals.items()}
"""Instead of the answer, a no."""

OWNERS = {(name, dialect.name) for dialect in DIALECTS for name in (*dialect.refusals, *dialect.shapes)}
"""Faults with the dialects that have them; a fault that is here strikes no other."""
_OWNED = {name for name, _ in OWNERS}

NAMES: dict[str, str] = (
    TRANSPORT
    | SHAPES
    | {name: says for dialect in DIALECTS for name, says in dialect.shapes.items()}
    | {name: refusal.says for name, refusal in REFUSALS.items()}
)
"""Every fault by its name, and what happens."""

BENT = NAMES.keys() - TRANSPORT.keys() - REFUSALS.keys()
"""Faults that an answer itself shows."""

POISON: dict[str, Any] = {
    "id": 17,
    "tip_id": 17,
    "name": ["x"],
    "message": "half a pair \ud83d and a NUL \u0000",
    "created_time": None,
    "public_metrics": {"like_count": "12", "impression_count": True},
    "like_count": "12",
    "post": 17,
    "contentDetails": 17,
    "statistics": [],
    "create_time": [],
    "created_at": None,
    "createdAt": {},
    "timestamp": None,
    "content": "half a pair \ud83d and a NUL \u0000",
    "commentary": 17,
}
"""An object that no allow-list accepts."""

_LISTS = ("data", "items", "feed", "posts", "elements", "videos", "comments")


def bend(body: dict[str, Any] | list[Any], names: Iterable[str]) -> dict[str, Any] | list[Any]:
    """Apply `poison_row` to the first object of an answer's list, wherever the platform keeps it."""
    return _poisoned(body) if "poison_row" in names else body


def _poisoned(body: Any) -> Any:  # noqa: ANN401  # any part of an answer
    if isinstance(body, list):
        rows = cast("list[Any]", body)
        first = cast("dict[str, Any]", rows[0]) if rows and isinstance(rows[0], dict) else None
        return rows if first is None else [first | {k: v for k, v in POISON.items() if k in first}, *rows[1:]]
    if isinstance(body, dict):
        answer = cast("dict[str, Any]", body)
        name = next((name for name in _LISTS if isinstance(answer.get(name), (list, dict))), None)
        return answer if name is None else answer | {name: _poisoned(answer[name])}
    return body
