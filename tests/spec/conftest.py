"""The fixture of every spec test: an empty warehouse in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.warehouse.connection import prepare
from pipelines.warehouse.regular_expressions import register
from tests.spec.tables import connected, run_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse: all schemas, UTC, our functions, and the example's `config.run`.

    Declared tables (raw, config, seeds, staging, marts) come into being, empty, when a test loads rows into one or
    builds a model that reads it; the seeds hold what sql/seeds holds.
    """
    with connected() as connection:
        prepare(connection)
        register(connection)
        run_config(connection)
        yield connection
