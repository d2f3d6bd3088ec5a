"""What is kept of an object that an allow-list refuses: its allowed fields as they came, so that it can be read again.

A field that should hold one value and brings an object could hold anything; of that nothing is kept.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import inspect

from pipelines.sources import verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TEXT = 200_000
"""Characters of a text that is kept whole: twice what an allow-list lets pass. A longer one is cut to `_CUT`."""
LONGEST_CONTENT = 1_000_000
"""Characters of all that is kept of one object."""
_CUT = 1_000

Kinds = tuple[inspect.Type, ...]
"""What a field may be."""

_QUOTED = re.compile(r"Invalid enum value .* - at ", re.DOTALL)


def reason_of(error: Exception) -> str:
    """Why an object was refused, naming the field; never what stood there."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "a text holds half a character, or bytes that are no text"
    return _QUOTED.sub("Expected one of the known words - at ", str(error))


def allowed_part(record: type[msgspec.Struct], raw: bytes) -> tuple[str | None, bool]:
    """The allowed fields of a refused object as JSON of ASCII characters, and whether all of them are there as sent.

    Args:
        record: the allow-list.
        raw: the object, which need be no JSON.

    Returns:
        (None, False) where nothing can be kept.
    """
    try:
        value = verbatim.read(raw)
    except (ValueError, RecursionError):
        return None, False
    if not isinstance(value, dict):
        return None, False
    part = _Part()
    text = part.of((root_of(record),), value)
    return (text, part.is_whole) if len(text) <= LONGEST_CONTENT else (text[:_CUT], False)


class _Part:
    """The allowed part of one object; `is_whole` turns False where something allowed had to be left out."""

    def __init__(self) -> None:
        self.is_whole = True

    def of(self, kinds: Kinds, value: Any) -> str:  # noqa: ANN401  # whatever JSON may hold
        """A value as JSON, as far as its kinds allow it."""
        if isinstance(value, verbatim.Literal):
            return str(value) if len(value) <= _CUT else self._without("null")
        if isinstance(value, dict):
            return self._object(kinds, cast("dict[str, Any]", value))
        if isinstance(value, list):
            return self._list(kinds, cast("list[Any]", value))
        if isinstance(value, str):
            if kinds and all(isinstance(kind, _HOLDERS) for kind in kinds):
                return self._without("null")
            return json.dumps(value if len(value) <= LONGEST_TEXT else self._without(value[:_CUT]))
        return json.dumps(value)

    def _object(self, kinds: Kinds, value: dict[str, Any]) -> str:
        fields = fields_of(kinds)
        values = _values(kinds)
        if isinstance(value, verbatim.Twice) and (values or value.names & fields.keys()):
            self.is_whole = False
        if value and not (fields or values):
            self.is_whole = False
        parts = {name: kind for name in value if (kind := fields.get(name, values))}
        inner = (f"{json.dumps(name)}:{self.of(kind, value[name])}" for name, kind in parts.items())
        return "{" + ",".join(inner) + "}"

    def _list(self, kinds: Kinds, value: list[Any]) -> str:
        items = _items(kinds)
        if not items:
            kept = [one for one in value if not isinstance(one, (dict, list))]
            self.is_whole = self.is_whole and len(kept) == len(value)
            return "[" + ",".join(self.of(kinds, one) for one in kept) + "]"
        return "[" + ",".join(self.of(items, one) for one in value) + "]"

    def _without(self, instead: str) -> str:
        self.is_whole = False
        return instead


_HOLDERS = (inspect.StructType, inspect.ListType, inspect.DictType, inspect.NoneType)


def _values(kinds: Kinds) -> Kinds:
    """What a mapping among the kinds holds."""
    return next((alternatives(kind.value_type) for kind in kinds if isinstance(kind, inspect.DictType)), ())


def _items(kinds: Kinds) -> Kinds:
    """What a list among the kinds holds."""
    return next((alternatives(kind.item_type) for kind in kinds if isinstance(kind, inspect.ListType)), ())


def alternatives(kind: inspect.Type) -> Kinds:
    """The plain kinds that a field may have."""
    if isinstance(kind, inspect.Metadata):
        return alternatives(kind.type)
    if isinstance(kind, inspect.UnionType):
        return tuple(one for member in kind.types for one in alternatives(member))
    return (kind,)


def fields_of(kinds: Iterable[inspect.Type], *, items: bool = False) -> dict[str, Kinds]:
    """Names on the wire of the fields that kinds have, with the kinds of each.

    Args:
        kinds: alternatives.
        items: of a list's items as well.
    """
    every = list(kinds)
    if items:
        every += [one for kind in every if isinstance(kind, inspect.ListType) for one in alternatives(kind.item_type)]
    structs = [kind for kind in every if isinstance(kind, inspect.StructType)]
    return {name: kind for struct in structs for name, kind in _fields(struct.cls).items()}


@cache
def root_of(record: type[msgspec.Struct]) -> inspect.Type:
    """An allow-list as a kind."""
    return inspect.type_info(record)


@cache
def _fields(record: type[msgspec.Struct]) -> dict[str, Kinds]:
    info = cast("inspect.StructType", root_of(record))
    return {field.encode_name: alternatives(field.type) for field in info.fields}


def stands_twice(record: type[msgspec.Struct], value: dict[str, Any]) -> str | None:
    """An allowed field of a sound object that stands twice, so that nobody knows which was meant; None if none does."""
    return _twice((root_of(record),), value)


def _twice(kinds: Kinds, value: Any) -> str | None:  # noqa: ANN401  # whatever JSON may hold
    if isinstance(value, list):
        items = _items(kinds)
        inner = [(items, one) for one in cast("list[Any]", value) if items]
    elif isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        fields, values = fields_of(kinds), _values(kinds)
        names = given.names if isinstance(given, verbatim.Twice) else set[str]()
        if names and values:
            return "a key"
        if names & fields.keys():
            return min(names & fields.keys())
        inner = [(kind, one) for name, one in given.items() if (kind := fields.get(name, values))]
    else:
        return None
    return next((found for kind, one in inner if (found := _twice(kind, one))), None)
