r"""The two functions of ours that SQL may call: Python's regular expressions over a column.

DuckDB's own engine is RE2, whose `\b` and `\w` know only ASCII: to it there is no word boundary before the å of "åklagare".
The rules in goals.yaml are promised to mean what Python's `re` says, so they are evaluated by it, a vector at a time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


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


def _over_columns(
    function: Callable[[str, str], object], kind: pa.DataType
) -> Callable[[pa.ChunkedArray, pa.ChunkedArray], pa.Array]:
    def vectorised(texts: pa.ChunkedArray, patterns: pa.ChunkedArray) -> pa.Array:
        pairs = zip(texts.to_pylist(), patterns.to_pylist(), strict=True)
        return pa.array([None if t is None or p is None else function(t, p) for t, p in pairs], type=kind)

    return vectorised


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Register `regex_search(text, pattern) -> boolean` and `regex_first(text, pattern) -> varchar` on a connection.

    Both ignore case. `regex_first` gives the group named `ref` if the pattern has one, else its first group, else the
    whole match; NULL where nothing matches. NULL in, NULL out.
    """
    known = {
        row[0]
        for row in con.execute(
            "select function_name from duckdb_functions() where function_name like 'regex_%'"
        ).fetchall()
    }
    for name, function, kind, returns in (
        ("regex_search", _search, pa.bool_(), "BOOLEAN"),
        ("regex_first", _first, pa.string(), "VARCHAR"),
    ):
        if name not in known:
            con.create_function(
                name,
                _over_columns(function, kind),  # pyright: ignore[reportArgumentType]  # duckdb's stub wants a plain callable
                ["VARCHAR", "VARCHAR"],  # pyright: ignore[reportArgumentType]  # type names are accepted
                returns,  # pyright: ignore[reportArgumentType]
                type="arrow",  # pyright: ignore[reportArgumentType]
                null_handling="special",  # pyright: ignore[reportArgumentType]
            )
