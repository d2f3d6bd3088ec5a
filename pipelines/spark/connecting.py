"""A session on a Spark-Connect server, and what is said where there is none."""

from __future__ import annotations

import re
import socket
import sys
import time
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pipelines.errors import ConfigurationError, CredentialError, SourceError
from pipelines.spark_settings import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pyspark.sql.connect.session import SparkSession

T = TypeVar("T")

OLDEST, NEWER = (4, 0), (5, 0)
"""Versions of Spark that the queries are put for: this one or later, and before that one."""

_PATIENCE_S = 10.0
_TRIES, _LONGEST_WAIT_MS = 6, 20_000

_WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0, 30.0)
"""Between two tries of what a lost worker spoilt: Sail takes two minutes, if not told otherwise, to miss one."""

_LOST = re.compile(r"(?i)connection (refused|reset|closed)|h2 protocol error|transport error|broken pipe")
"""What the server says when a worker went away from it."""

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""What a session is opened with: a wrong cast is an error as in DuckDB, and an instant is one."""


def open_session(remote: str) -> SparkSession:
    """Open a session of our own.

    Raises:
        ConfigurationError: pyspark-client is not installed, or the server is of a version that is not supported.
        CredentialError: the server lets nobody in with this address.
        SourceError: nobody answers there.
    """
    _import_client()
    from pyspark.errors import PySparkException  # noqa: PLC0415  # an extra; a second

    host, port = place_of(remote)
    try:
        socket.create_connection((host, port), timeout=_PATIENCE_S).close()  # the client itself would try for minutes
    except OSError as error:
        raise SourceError(
            f"Spark does not answer ({error.strerror or type(error).__name__}).",
            where=f"SYFTE_SPARK__REMOTE, {host}:{port}",
            do="Start its Connect server (docs/spark.md) or mend the address; SYFTE_ENGINE=duckdb builds without it.",
        ) from None
    try:
        session = _connect(remote)
        version = str(session.version)
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
    except (PySparkException, TimeoutError) as error:
        raise _not_opened(error, host, port) from None
    numbers = tuple(int(one) for one in re.findall(r"\d+", version)[:2])
    if not OLDEST <= numbers < NEWER:
        session.stop()
        raise ConfigurationError(
            f"The server speaks Spark {version}; Syfte's models need Spark 4.",
            where=f"SYFTE_SPARK__REMOTE, {host}:{port}",
            do="Use a server of Spark 4.0 or later (docs/spark.md), or SYFTE_ENGINE=duckdb.",
        )
    return session


def _import_client() -> None:
    """Say how to get the client where it is not there.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import_module("sqlglot")
        with warnings.catch_warnings(), _no_doctests():
            warnings.simplefilter("ignore", FutureWarning)  # it says so of every pandas 3; none of it is used here
            import_module("pyspark.sql.connect.session")
    except ImportError:
        raise ConfigurationError(
            "The engine is Spark, but its client is not installed.",
            where="SYFTE_ENGINE",
            do="Run `pip install 'syfte[spark]'`, or set SYFTE_ENGINE=duckdb.",
        ) from None


@contextmanager
def _no_doctests() -> Generator[None]:
    """Keep the client from taking a program without a file (`python -c`) for its own doctests, and ending it."""
    if hasattr(sys, "ps1"):
        yield
        return
    sys.ps1 = ">>> "
    try:
        yield
    finally:
        del sys.ps1


def _connect(remote: str) -> SparkSession:
    """Open a session on a channel that is open, and bound the client's patience: its own is ten minutes a question.

    Raises:
        TimeoutError: whatever answers does not speak as a server of gRPC does.
    """
    import grpc  # noqa: PLC0415  # as above
    from pyspark.sql.connect.client.core import DefaultChannelBuilder  # noqa: PLC0415
    from pyspark.sql.connect.client.retries import DefaultPolicy  # noqa: PLC0415
    from pyspark.sql.connect.session import SparkSession as Session  # noqa: PLC0415

    untyped: Any = grpc
    channel = DefaultChannelBuilder(remote).toChannel()
    try:
        untyped.channel_ready_future(channel).result(timeout=_PATIENCE_S)
    except untyped.FutureTimeoutError:
        raise TimeoutError from None
    finally:
        channel.close()
    warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # the error that follows says it better
    builder: Any = Session.builder
    session: Any = builder.remote(remote).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES, max_backoff=_LONGEST_WAIT_MS)])
    return session


def _not_opened(error: Exception, host: str, port: int) -> ConfigurationError | CredentialError | SourceError:
    where = f"SYFTE_SPARK__REMOTE, {host}:{port}"
    if any(word in str(error) for word in ("UNAUTHENTICATED", "PERMISSION_DENIED")):
        return CredentialError(
            "Spark lets nobody in with this address.", where=where, do="Mend the token in SYFTE_SPARK__REMOTE."
        )
    return SourceError(
        f"What answers there is no Spark-Connect server that we understand ({condition(error)}).",
        where=where,
        do="Look at the address: Connect's usual port is 15002, the master's 7077 is another (docs/spark.md).",
    )


def again_when_a_worker_is_lost(ask: Callable[[], T]) -> T:
    """Ask, and again after a while as long as the server says that it has lost a worker.

    Spark goes on by itself then; Sail gives up the query, and takes another worker for the next when it misses the one.

    Args:
        ask: must do no harm when it is done twice.

    Raises:
        PySparkException: something else, or no worker has come.
    """
    from pyspark.errors import SparkRuntimeException  # noqa: PLC0415  # as above

    for wait_s in _WAITS_S:
        try:
            return ask()
        except SparkRuntimeException as error:
            if not _LOST.search(str(error)):
                raise
            time.sleep(wait_s)
    return ask()


def condition(error: Exception) -> str:
    """What kind of error Spark tells: its name alone, for the text of some quotes a value of the data."""
    asked: Any = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    try:
        said = asked() if asked else None
    except Exception:  # noqa: BLE001  # an answer of a server that does not know the question
        said = None
    return str(said or type(error).__name__)
