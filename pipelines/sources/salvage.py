"""Reading an answer of which one object is poisoned: half a surrogate pair, NaN, bytes that are no text, deep nesting.

Our decoder refuses such an answer whole. `verbatim` reads it, so that the objects can be handed on one by one: the
sound ones land, and the stream's allow-list puts the poisoned one aside. An answer that was cut off is still refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from pipelines.sources import verbatim

if TYPE_CHECKING:
    from pipelines.sources.outcomes import Envelope

    E = TypeVar("E", bound=Envelope)


def salvage(body: bytes, envelope: type[E]) -> E | None:
    """Decode the outside of an answer, and leave each of the objects it holds as it is.

    Args:
        body: an answer that the strict decoder refused.
        envelope: a struct; its fields that are `Raw` or lists of `Raw` hold the objects.

    Returns:
        None if the body is not an object, is no JSON at all, or the outside itself is poisoned.
    """
    try:
        # bytes that are no UTF-8 become lone surrogates, which the allow-list refuses with their object
        content = verbatim.read(body)
    except ValueError:
        return None
    if not isinstance(content, dict) or isinstance(content, verbatim.Twice):
        return None
    fields = cast("dict[str, Any]", content)
    held = {name: fields.pop(name) for name in _holders(envelope) & fields.keys() if fields[name] is not None}
    outside = {name: raw for name, value in fields.items() if _is_sound(_raw(name)) and _is_sound(raw := _raw(value))}
    try:
        found: Any = msgspec.json.decode(msgspec.json.encode(outside), type=envelope)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    for name, value in held.items():
        is_single = isinstance(getattr(found, name), msgspec.Raw)
        if is_single == isinstance(value, list):
            return None
        setattr(found, name, _raw(value) if is_single else [_raw(one) for one in cast("list[Any]", value)])
    return cast("E", found)


def _holders(envelope: type[Any]) -> set[str]:
    """Names, as the platform writes them, of the fields that hold objects; they are named alike in the struct."""
    return {field.name for field in msgspec.structs.fields(envelope) if "Raw" in str(field.type)}


def _raw(value: Any) -> msgspec.Raw:  # noqa: ANN401  # whatever JSON may hold
    return msgspec.Raw(verbatim.write(value).encode())


def _is_sound(raw: msgspec.Raw) -> bool:
    try:
        msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return False
    return True
