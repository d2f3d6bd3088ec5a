"""The names of objects, and whether one that their allow-list reads may stand twice: seen without reading them whole.

Most objects are cleared by their length, a page of them at once. An object written without blanks is as long as its
names, its values and four signs for each, and one more; where a name stood twice, one of its values was lost, and it is
longer. None is ever shorter, so that the sum tells of all.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec import inspect

from pipelines.sources.setting_aside import alternatives, fields_of, root_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOLDERS = (inspect.StructType, inspect.ListType, inspect.DictType)

Within = dict[str, tuple[bool, "Within"]]
"""The fields of an allow-list that hold objects: whether it is a list of them, and what these hold in turn."""

_named = msgspec.json.Decoder(list[dict[str, msgspec.Raw] | None]).decode
_listed = msgspec.json.Decoder(list[list[msgspec.Raw] | None]).decode
_NULL = len("null")


def names_of(record: type[msgspec.Struct], objects: Sequence[msgspec.Raw | bytes]) -> set[str] | None:
    """All names of some objects, if none that is read stands twice in one of them or in an object within.

    Args:
        record: the allow-list, which took each of the objects.
        objects: as they were sent.

    Returns:
        None where only a closer look can tell: there are blanks or escapes, or a name stands twice.
    """
    within = _within_of(record)
    if within is None:
        return None
    try:
        return _cleared(within, objects)
    except (ValueError, RecursionError):
        return None


def _cleared(within: Within, objects: Sequence[msgspec.Raw | bytes]) -> set[str] | None:
    joined = b"[%s]" % b",".join(objects)
    found = [one for one in _named(joined) if one is not None]
    nulls = len(objects) - len(found)
    names = list(chain.from_iterable(found))
    values = b"".join(chain.from_iterable(one.values() for one in found))
    tight = len("".join(names)) + len(values) + 4 * len(names) + len(found) + _NULL * nulls
    if len(joined) != tight + len(objects) + 1:  # what joins them
        return None
    for name, (is_list, inner) in within.items():
        held = [one[name] for one in found if name in one]
        if is_list:
            held = list(chain.from_iterable(one for one in _listed(b"[%s]" % b",".join(held)) if one is not None))
        if held and _cleared(inner, held) is None:
            return None
    return set(names)


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
