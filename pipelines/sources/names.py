"""The names of an object, and whether one that its allow-list reads may stand twice: seen without reading it whole.

Most objects are cleared by their length. An object written without blanks is as long as its names, its values and four
signs for each, and one more; where a name stood twice, one of its values was lost, and it is longer.
"""

from __future__ import annotations

from functools import cache

import msgspec
from msgspec import inspect

from pipelines.sources.setting_aside import alternatives, fields_of, root_of

_HOLDERS = (inspect.StructType, inspect.ListType, inspect.DictType)

Within = dict[str, tuple[bool, "Within"]]
"""The fields of an allow-list that hold objects: whether it is a list of them, and what these hold in turn."""

_named = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_listed = msgspec.json.Decoder(list[msgspec.Raw]).decode
_NULL = len("null")  # an object that holds anything is longer, and one that holds nothing shorter


def names_of(record: type[msgspec.Struct], raw: msgspec.Raw | bytes) -> dict[str, msgspec.Raw] | None:
    """The names of an object with what they hold, if none that is read stands twice in it or in an object within.

    Args:
        record: the allow-list, which took the object.
        raw: the object.

    Returns:
        None where only a closer look can tell: there are blanks or escapes, or a name stands twice.
    """
    within = _within_of(record)
    if within is None:
        return None
    try:
        return _cleared(within, raw)
    except (ValueError, RecursionError):
        return None


def _cleared(within: Within, raw: msgspec.Raw | bytes) -> dict[str, msgspec.Raw] | None:
    found = _named(raw)
    if memoryview(raw).nbytes != len("".join(found)) + len(b"".join(found.values())) + 4 * len(found) + 1:
        return None
    for name, (is_list, inner) in within.items():
        held = found.get(name)
        if held is None or memoryview(held).nbytes == _NULL:
            continue
        for one in _listed(held) if is_list else (held,):
            if memoryview(one).nbytes != _NULL and _cleared(inner, one) is None:
                return None
    return found


@cache
def _within_of(record: type[msgspec.Struct]) -> Within | None:
    """What an allow-list holds; None where some field may hold objects of several kinds, or of any names."""
    found: Within = {}
    for name, kinds in fields_of((root_of(record),)).items():
        holders = [kind for kind in kinds if isinstance(kind, _HOLDERS)]
        is_list = len(holders) == 1 and isinstance(holders[0], inspect.ListType)
        if is_list:
            holders = [one for kind in holders for one in alternatives(kind.item_type) if isinstance(one, _HOLDERS)]
        if not holders:
            continue
        inner = _within_of(holders[0].cls) if isinstance(holders[0], inspect.StructType) else None
        if len(holders) > 1 or inner is None:
            return None
        found[name] = (is_list, inner)
    return found
