r"""The two functions of ours that SQL may call: Python's regular expressions over a column.

DuckDB's own engine is RE2, whose `\b` and `\w` know only ASCII: to it no word begins at the å of "åklagare". The rules
in goals.yaml are promised to mean what Python's `re` says, so they are evaluated by it, a vector at a time.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable


_CALL = re.compile(r"\bregex_(?:search|first)\s*\(", re.IGNORECASE)


def calls_ours(sql: str) -> bool:
    """Whether a query calls one of the two."""
    return _CALL.search(sql) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _search(text: str, pattern: str) -> bool:
    return _compiled(pattern).search(text) is not None


def _first(text: str, pattern: str) -> str | None:
    found = _compiled(pattern).search(text)
    if found is None:
        return None
    if "ref" in found.groupdict():
        return found["ref"]
    return found[1] if found.re.groups else found[0]


def _over_columns(function: Callable[[str, str], object], kind: str) -> Callable[[Any, Any], Any]:
    def vectorised(texts: Any, patterns: Any) -> Any:  # noqa: ANN401  # Arrow arrays
        arrow: Any = import_module("pyarrow")  # 80 ms that only a pattern needs, and no types
        pairs = zip(texts.to_pylist(), patterns.to_pylist(), strict=True)
        found = [None if t is None or p is None else function(t, p) for t, p in pairs]
        return arrow.array(found, type=kind)

    return vectorised


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Register `regex_search(text, pattern) -> boolean` and `regex_first(text, pattern) -> varchar` on a connection.

    Both ignore case. `regex_first` gives the group named `ref` if the pattern has one, else its first group, else the
    whole match; NULL where nothing matches. NULL in, NULL out. It imports NumPy, which takes 80 ms, so that it is done
    where a query calls one of them; not within a transaction, with which they would be rolled back.
    """
    untyped: Any = con  # the stub of create_function knows neither Arrow functions nor types by name
    for name, function, kind, returns in (
        ("regex_search", _search, "bool", "BOOLEAN"),
        ("regex_first", _first, "string", "VARCHAR"),
    ):
        arrow = _over_columns(function, kind)
        # known already, to this connection or to another of the database; to list all functions first takes 20 ms
        with suppress(duckdb.NotImplementedException, duckdb.CatalogException):
            untyped.create_function(name, arrow, ["VARCHAR", "VARCHAR"], returns, type="arrow", null_handling="special")
