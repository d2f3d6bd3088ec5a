"""JSON read and written again as it was sent: numbers digit by digit, half characters, names that stand twice.

Only for what our strict decoder refuses, or must not take at its word; it is slower by far.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

import msgspec

DEEPEST = 64
"""Levels of nesting that are read; no platform's answer has a dozen."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


class Literal(str):
    """A number, or a word such as `NaN`, as it was written."""

    __slots__ = ()


class Twice(dict[str, Any]):
    """An object in which a name stands more than once; as a dictionary it holds the last value of each.

    Args:
        pairs: names and values in their order.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    @property
    def names(self) -> set[str]:
        """The names that stand more than once."""
        seen: set[str] = set()
        return {name for name, _ in self.pairs if name in seen or seen.add(name)}


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Twice(pairs)


_QUICK = json.JSONDecoder(object_pairs_hook=_single)
_EXACT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Literal, parse_float=Literal, parse_constant=Literal, strict=False
)


def glance(raw: bytes) -> tuple[Any, bool]:
    """What sound JSON says, and whether some name may stand twice in an object of it. Quicker than `read`.

    Every name brings a colon. Where as many are left when it is written again, no name was lost to a second one of its
    kind; unless one of those in texts was written as a number.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        value = msgspec.json.decode(raw)
        if b"\\u003" not in raw and msgspec.json.encode(value).count(b":") == raw.count(b":"):
            return value, False
    except (ValueError, RecursionError):
        pass  # what this decoder does not take, such as a number of many digits, another may
    try:
        return _QUICK.decode(raw.decode("utf-8", "surrogateescape")), False
    except (ValueError, RecursionError):  # also a number of more digits than Python likes to read
        return read(raw), True


def read(raw: bytes) -> Any:  # noqa: ANN401  # whatever JSON may hold
    """What JSON says, as it says it.

    Bytes that are no UTF-8 become lone surrogates; what is nested deeper than `DEEPEST` is null. A line break in a text
    that was not escaped is forgiven: it is plain what was meant.

    Raises:
        ValueError: it is no JSON.
    """
    return _EXACT.decode(_shallow(raw).decode("utf-8", "surrogateescape"))


def write(value: Any) -> str:  # noqa: ANN401  # whatever JSON may hold
    """JSON again, of ASCII characters only."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        pairs = given.pairs if isinstance(given, Twice) else given.items()
        return "{" + ",".join(f"{json.dumps(name)}:{write(inner)}" for name, inner in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, cast("list[Any]", value))) + "]"
    return json.dumps(value)


def _shallow(raw: bytes) -> bytes:
    """JSON in which what lies too deep is null: no allow-list reaches there, so that nothing is taken for missing."""
    kept: list[bytes] = []
    depth, place = 0, 0
    for token in _TOKEN.finditer(raw):
        sign = raw[token.start() : token.start() + 1]
        if sign in b"[{":
            depth += 1
            if depth == DEEPEST:
                kept.append(raw[place : token.start()] + b"null")
        elif sign in b"]}":
            if depth == DEEPEST:
                place = token.end()
            depth -= 1
    return b"".join(kept) + raw[place:]
