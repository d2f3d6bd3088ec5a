"""The SQL of people's own expectations: what may be run reads tables of the warehouse, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from pipelines.quality.queries import SCHEMAS, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_JUDGE = duckdb.connect(":memory:", config={"enable_external_access": "false", "lock_configuration": "true"})
"""DuckDB's own word on a text, by another way than the tree that `refusal` reads."""

_FORBIDDEN = re.compile(
    r"(?<![.\w])(?:select|from)\s+(?:read_\w+|glob|query|getenv|duckdb_\w+|now|random|uuid)\s*\(", re.IGNORECASE
)
"""A call beyond doubt; elsewhere such a word may be an operator, or the name of a column."""


WORDS = (
    b"select ", b" from ", b" checked ", b"where ", b"with a as (", b"union all ", b"read_text(", b"read_csv(",
    b"glob(", b"'/etc/passwd'", b"duckdb_settings()", b"now()",
    b"random()", b"current_date", b"copy ", b"attach ", b"pragma ",
    b"; ", b"--", b"/*", b"*/", b"$$", b"marts.dim_post", b"ops.built", b"information_schema.tables", b"unnest([1])",
    b"lambda x: ", b"::int", b"pivot ", b"using (x)", b"describe ", b"show ", b"getenv('HOME')", b"query(",
    b"\x00", b'"',
)  # fmt: skip


def corpus() -> Iterator[bytes]:
    """Some that may be run and some that may not."""
    yield b"select 1 from checked where x > 3"
    yield b"with a as (select x from marts.dim_post) select * from a anti join checked using (x)"
    yield b"select row_number() over (partition by a order by b) from checked qualify count(*) > 1"
    yield b"select * from (values (1)) as v(x), unnest([1, 2]) where exists (select 1 from raw.pages)"
    yield b"select 1 from checked; drop table x"
    yield b"select * from read_csv('/etc/passwd')"
    yield b"select 1 from glob(x)"
    yield b"select random() from checked"
    yield b"select x from ops.built"
    yield b"select now(), current_date, getenv('HOME') from '/etc/passwd'"


def check(data: bytes) -> None:
    """A query is refused with a reason, or is one select over tables that may be read."""
    sql = data.decode("utf-8", "surrogatepass" if data.isascii() else "surrogateescape")
    reason = refusal(sql)
    if reason is not None:
        assert reason
        return
    statements = _JUDGE.extract_statements(sql)
    assert [one.type for one in statements] == [duckdb.StatementType.SELECT], "more than one select may be run"
    if not re.search(r"['\"$]|--|/\*", sql):  # nothing hides a word, or makes one of a text
        assert not _FORBIDDEN.search(sql), "a function may be called that is not for expectations"
    try:
        names = _JUDGE.get_table_names(sql, qualified=True)
    except duckdb.Error:
        return  # it looks for columns, and there are none here
    for name in names:
        plain = name.partition(" AS ")[0]
        if '"' in plain:
            continue  # a name that holds a dot or a blank
        schema, _, table = plain.rpartition(".")
        assert schema in SCHEMAS or not schema, f"{name} may be read"
        assert schema or table == "checked" or "as" in sql.lower(), f"{name} may be read"
