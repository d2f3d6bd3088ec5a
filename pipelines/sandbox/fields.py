"""Graph's field expressions: `id,reactions.type(LIKE).limit(0).summary(total_count).as(likes),children{id}`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = re.compile(r"\s*([A-Za-z0-9_]+)")
_MODIFIER = re.compile(r"\.([a-z_]+)\(([^()]*)\)")


class FieldsError(ValueError):
    """An expression Graph would not read; the text says where."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its modifiers as text, and what is asked for inside it."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict[str, str])
    inside: tuple[Field, ...] = ()

    @property
    def key(self) -> str:
        """Its name in the answer."""
        return self.modifiers.get("as", self.name)

    def listed(self, modifier: str) -> list[str]:
        """A modifier's arguments."""
        return [part.strip() for part in self.modifiers.get(modifier, "").split(",") if part.strip()]


def parse_fields(text: str) -> tuple[Field, ...]:
    """Read an expression.

    Raises:
        FieldsError: not readable.
    """
    fields, end = _list(text, 0)
    if end != len(text):
        msg = f"Syntax error at character {end}"
        raise FieldsError(msg)
    return fields


def _list(text: str, at: int) -> tuple[tuple[Field, ...], int]:
    fields: list[Field] = []
    while at < len(text) and text[at] != "}":
        one, at = _one(text, at)
        fields.append(one)
        if at < len(text) and text[at] == ",":
            at += 1
        elif at < len(text) and text[at] != "}":
            msg = f"Syntax error at character {at}"
            raise FieldsError(msg)
    return tuple(fields), at


def _one(text: str, at: int) -> tuple[Field, int]:
    name = _NAME.match(text, at)
    if name is None:
        msg = f"Syntax error at character {at}: a field name was expected"
        raise FieldsError(msg)
    at = name.end()
    modifiers: dict[str, str] = {}
    inside: tuple[Field, ...] = ()
    while at < len(text) and text[at] in ".{":
        if text[at] == "{":
            inside, at = _list(text, at + 1)
            if at >= len(text):
                msg = f"Syntax error at character {at}: a closing brace was expected"
                raise FieldsError(msg)
            at += 1
            continue
        modifier = _MODIFIER.match(text, at)
        if modifier is None:
            msg = f"Syntax error at character {at}: a modifier was expected"
            raise FieldsError(msg)
        modifiers[modifier[1]] = modifier[2]
        at = modifier.end()
    return Field(name[1], modifiers, inside), at
