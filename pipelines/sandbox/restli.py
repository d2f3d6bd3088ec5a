"""Rest.li queries as LinkedIn reads them: raw brackets are structure, everything inside a value is percent-encoded."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote


class QueryError(ValueError):
    """A query that Rest.li cannot read."""


def parse_query(raw: str) -> dict[str, Any]:
    """Parameters of a raw query: texts, lists (`List(a,b)`) and structures (`(key:value,...)`, keys in any order).

    Raises:
        QueryError: brackets do not match, or are encoded.
    """
    found: dict[str, Any] = {}
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        if name:
            found[unquote(name)] = _value(value)
    return found


def _value(text: str) -> Any:  # noqa: ANN401  # a text, a list or a structure
    if text.startswith("List(") and text.endswith(")"):
        return [_value(part) for part in _parts(text[5:-1])]
    if text.startswith("(") and text.endswith(")"):
        pairs = [part.partition(":") for part in _parts(text[1:-1])]
        return {unquote(name): _value(value) for name, _, value in pairs}
    if "(" in text or ")" in text:
        raise QueryError(text)
    return unquote(text)


def _parts(text: str) -> list[str]:
    """Split at commas outside of brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            raise QueryError(text)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise QueryError(text)
    return [part for part in parts if part]
