"""Our own kind of expectation, as Great Expectations takes it. Importing this imports the library: two seconds."""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation


class NoneFound(UnexpectedRowsExpectation):
    """A query that should find nothing, asked once.

    The library's own class asks each query twice: how many rows it finds, and for the rows, which nobody keeps here.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: object = None, execution_engine: object = None
    ) -> dict[str, bool]:
        del runtime_configuration, execution_engine
        return {"success": metrics["unexpected_rows_query.row_count"] == 0}
