"""Running suites with Great Expectations on the connection that is open, and reading its answers with care.

`BOOLEAN_ONLY`, because anything more would carry values out of the rows. Great Expectations reports an expectation
that crashed as one that failed; here it is a state of its own, and only the kind of the error is kept: the message
could quote a row.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.events import Event, OnEvent, silent
from pipelines.quality.expectations import NONE_FOUND
from pipelines.quality.results import CheckResult
from pipelines.quality.suites import SUITES
from pipelines.warehouse.model import columns_of
from pipelines.warehouse.regular_expressions import register

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    import duckdb

    from pipelines.quality.expectations import Expectation, Suite

_INDEX = "syfte_index"


def run_suites(
    con: duckdb.DuckDBPyConnection, *, suites: Iterable[Suite] = SUITES, on_event: OnEvent = silent
) -> list[CheckResult]:
    """Test every suite whose table exists.

    Args:
        con: an open connection; only what is committed is seen.
        suites: what to expect of which table.
        on_event: told after each table.

    Returns:
        One result per expectation of each existing table, in the suites' order.
    """
    there = [suite for suite in suites if exists(con, suite.table)]
    if not there:
        return []
    results: list[CheckResult] = []
    register(con)  # an institution's own queries may call them
    with _quietly():
        data = _datasource(con)
        for done, suite in enumerate(there, start=1):
            found = _run(data, suite)
            results.extend(found)
            on_event(Event("progress", f"{suite.kind} of {suite.table}", done, len(there), _summary(found)))
    return results


def exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether there is such a table or view, `schema.name`."""
    return columns_of(con, table) is not None


def _summary(results: list[CheckResult]) -> str:
    failed = sum(r.success is False for r in results)
    not_run = sum(r.success is None for r in results)
    return f"{len(results)} tested, {failed} do not hold, {not_run} could not run"


@contextmanager
def _quietly() -> Generator[None]:
    """No telemetry, no progress bars on the terminal, no tracebacks (they quote rows) in the log."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read by the library when it is imported
    loggers = [logging.getLogger(name) for name in ("great_expectations", "sqlalchemy")]
    before = [logger.propagate for logger in loggers]
    nowhere = logging.NullHandler()
    for logger in loggers:
        logger.propagate = False
        logger.addHandler(nowhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's own, about itself
            yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.propagate = propagate
            logger.removeHandler(nowhere)


@contextmanager
def without_spark() -> Generator[None]:
    """Hide Spark's client from what is imported meanwhile: tables are tested in DuckDB whatever engine built them.

    Great Expectations tries to import all of pyspark, which where no Spark is installed may end the process.
    """
    held = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "pyspark"}
    for name in held:
        del sys.modules[name]
    sys.modules["pyspark"] = None  # type: ignore[assignment]  # importing it is an ImportError then
    try:
        yield
    finally:
        del sys.modules["pyspark"]
        sys.modules.update(held)


def _datasource(con: duckdb.DuckDBPyConnection) -> Any:  # noqa: ANN401  # the library builds this type at run time
    with without_spark():
        import great_expectations as gx  # noqa: PLC0415  # six seconds: only where it is used
        from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

    from pipelines.quality.dialect import URL, engine_arguments  # noqa: PLC0415  # imports SQLAlchemy

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # a context in memory writes all it knows as YAML, to nobody, for each table it is told of: half of a small gate
    context.variables.save = lambda: None
    return context.data_sources.add_sql(
        "warehouse", connection_string=URL, create_temp_table=False, kwargs=engine_arguments(con)
    )


def _run(data: Any, suite: Suite) -> list[CheckResult]:  # noqa: ANN401
    import great_expectations as gx  # noqa: PLC0415
    import great_expectations.expectations as kinds  # noqa: PLC0415

    from pipelines.quality.none_found import NoneFound  # noqa: PLC0415

    schema, _, name = suite.table.partition(".")
    asset = data.add_table_asset(suite.name, table_name=name, schema_name=schema)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    tests: dict[str, Any] = {**vars(kinds), NONE_FOUND: NoneFound}
    wanted = [tests[e.test](**e.arguments, meta={_INDEX: index}) for index, e in enumerate(suite.expectations)]
    answer: Any = batch.validate(
        gx.ExpectationSuite(name=suite.name, expectations=wanted), result_format="BOOLEAN_ONLY"
    )
    by_index: dict[int, Any] = {r.expectation_config.meta[_INDEX]: r for r in answer.results}
    return [_result(suite, e, by_index[index]) for index, e in enumerate(suite.expectations)]


def _result(suite: Suite, expectation: Expectation, answer: Any) -> CheckResult:  # noqa: ANN401
    error = _error_kind(answer.exception_info)
    success = None if error else bool(answer.success)
    detail = f"could not run: {error}" if error else "" if success else expectation.why
    return CheckResult(
        kind=suite.kind, table=suite.table, expectation=expectation.says,
        severity=expectation.severity, success=success, detail=detail,
    )  # fmt: skip


def _error_kind(info: Any) -> str | None:  # noqa: ANN401
    """The class of the error that kept an expectation from running, or None.

    Args:
        info: either one record, or one per metric that failed.
    """
    if not info:
        return None
    records: list[Any] = [info] if "raised_exception" in info else list(info.values())
    raised = [r for r in records if r.get("raised_exception")]
    if not raised:
        return None
    for line in str(raised[0].get("exception_traceback") or "").splitlines():
        # frames are indented; the first line that is not names the root cause, and its message may quote a row
        if line and not line.startswith((" ", "Traceback")):
            name = line.partition(":")[0].rpartition(".")[2]
            return name if re.fullmatch(r"[A-Z]\w{2,80}", name) else "an error"
    return "an error"
