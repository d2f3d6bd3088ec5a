"""Poison for every field of every allow-list, made from the allow-lists themselves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from pipelines.sources.setting_aside import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.stream import Record, Stream

Path = tuple[str | int, ...]

FOR_TEXT = {
    "half a character": rb'"cut \ud83d"',
    "half a character as bytes": b'"cut \xed\xa0\xbd"',
    "cut utf-8": b'"cut \xe2\x82"',
    "NUL": rb'"a\u0000b"',
    "five megabytes": b'"' + b"x" * 5_000_000 + b'"',
    "a number": b"12",
    "true": b"true",
    "an object": b'{"a": 1}',
    "deep nesting": b"[" * 5_000 + b"]" * 5_000,
}
FOR_NUMBERS = {
    "a text": b'"12"',
    "true": b"true",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e400": b"1e400",
    "-1e400": b"-1e400",
    "a list": b"[12]",
    "deep nesting": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}
FOR_WHOLE_NUMBERS = FOR_NUMBERS | {
    "65 bits": b"18446744073709551616",
    "forty digits": b"9" * 40,
    "five thousand digits": b"9" * 5_000,
    "a half": b"1.5",
}
HARMLESS = {
    "bidi": '"\u202eabc\u200b"',
    "formula": '"=1+1"',
    "markup": '"<script>alert(1)</script>"',
    "NFD": '"a\u030a"',
}
"""Texts that are texts: they come through as they are."""


_PLAIN: dict[type[inspect.Type], Any] = {
    inspect.BoolType: True, inspect.IntType: 7, inspect.FloatType: 0.5, inspect.StrType: "2026-03-01T09:00:00Z",
    inspect.DateType: "2026-03-01", inspect.DateTimeType: "2026-03-01T09:00:00Z",
}  # fmt: skip


_INSTANTS = ("2026-03-01", "2026-03-01T09:00:00Z", "2026-03-01T09:00Z", "2026-03-01T09Z", "2026-03-01T09")
"""What the patterns of allow-lists ask for."""


def sound(kinds: tuple[inspect.Type, ...]) -> Any:
    """A value that an allow-list takes, with every field it has."""
    kind = next(kind for kind in kinds if not isinstance(kind, inspect.NoneType))
    match kind:
        case inspect.StructType():
            return {field.encode_name: sound(alternatives(field.type)) for field in kind.fields}
        case inspect.ListType():
            return [sound(alternatives(kind.item_type))]
        case inspect.DictType():
            return {"k": sound(alternatives(kind.value_type))}
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.StrType(pattern=str(pattern)):
            return next(text for text in _INSTANTS if re.search(pattern, text))
    return _PLAIN[type(kind)]


def leaves(kinds: tuple[inspect.Type, ...], at: Path = ()) -> Iterator[tuple[Path, tuple[inspect.Type, ...]]]:
    """The place of every single value of a sound object, and what may stand there."""
    kind = next(kind for kind in kinds if not isinstance(kind, inspect.NoneType))
    match kind:
        case inspect.StructType():
            for field in kind.fields:
                yield from leaves(alternatives(field.type), (*at, field.encode_name))
        case inspect.ListType():
            yield from leaves(alternatives(kind.item_type), (*at, 0))
        case inspect.DictType():
            yield from leaves(alternatives(kind.value_type), (*at, "k"))
        case _:
            yield at, kinds


_MARK = "\x02here\x02"


def poisoned(value: Any, at: Path, poison: bytes) -> bytes:
    """A sound object as JSON, with poison in one place."""
    changed = json.loads(json.dumps(value))
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = _MARK
    return json.dumps(changed).encode().replace(json.dumps(_MARK).encode(), poison)


_POISONS: dict[type[inspect.Type], dict[str, bytes]] = {
    inspect.StrType: FOR_TEXT,
    inspect.IntType: FOR_WHOLE_NUMBERS,
    inspect.FloatType: FOR_NUMBERS,
    inspect.LiteralType: FOR_TEXT | {"an unknown word": b'"SENTINEL"'},
    inspect.BoolType: {"a text": b'"true"', "a number": b"1"},
}


def poisons(kinds: tuple[inspect.Type, ...]) -> dict[str, bytes]:
    """What must be refused where values of some kinds stand; a field of several kinds takes much."""
    plain = [kind for kind in kinds if not isinstance(kind, inspect.NoneType)]
    return _POISONS.get(type(plain[0]), {}) if len(plain) == 1 else {}


_LABELS = {("channel",), ("heard_via",), ("disposition",), ("ref_code",), ("appeal_id",), ("unknown_labels",)}


def fields(stream: Stream) -> Iterator[tuple[Path, tuple[inspect.Type, ...]]]:
    """The leaves of a stream's allow-list; without a tip's labels and codes.

    A tip counts whatever those say: as `other`, or without a code.
    """
    for place, kinds in leaves(root(stream.record)):
        if stream.table != "raw.tips__tips" or place not in _LABELS:
            yield place, kinds


def root(record: type[Record]) -> tuple[inspect.Type, ...]:
    """An allow-list as kinds."""
    return (inspect.type_info(record),)
