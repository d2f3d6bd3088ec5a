"""Models whose query Spark answers: their text, contract, state, checks and increments are those of `SqlModel`."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from pipelines.errors import CredentialError, SourceError, StorageError
from pipelines.spark.connecting import again_when_a_worker_is_lost, condition, open_session
from pipelines.spark.exchange import Exchange, rows_of
from pipelines.spark_settings import place_of
from pipelines.warehouse.model import Model, SqlModel
from pipelines.warehouse.regular_expressions import calls_ours

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import duckdb

STAGES = ("staging", "marts", "kpi")
"""What is built there. `published` only words what was found, and `ops` is the writer's own."""

STAY = {"kpi.kpi_data_hashes": "a fingerprint of numbers' text, which no two engines write alike"}


def goes_to_spark(model: Model) -> TypeGuard[SqlModel]:
    """Whether Spark can answer a model's query: it is SQL without a function of ours, and no text of a number."""
    return (
        isinstance(model, SqlModel)
        and model.name.split(".")[0] in STAGES
        and model.name not in STAY
        and not calls_ours(model.sql)
    )


class Engine:
    """One run's session, opened when the first query is asked.

    Args:
        remote: `sc://host:port/;…`, a secret.
        folder: where tables are handed over; the server sees it under the same path.
    """

    def __init__(self, remote: str, folder: Path) -> None:
        self._remote = remote
        self._folder = folder
        self._opened: Any = None
        self._handed: Exchange | None = None
        self._views: dict[str, Path] = {}

    @property
    def _session(self) -> Any:  # noqa: ANN401  # pyspark's own types are partial
        if self._opened is None:
            self._opened = open_session(self._remote)
        return self._opened

    @property
    def _exchange(self) -> Exchange:
        if self._handed is None:
            self._handed = Exchange(self._folder)
        return self._handed

    def close(self) -> None:
        """End the session, if there was one, and leave nothing in the folder."""
        if self._handed is not None:
            self._handed.close()
        if self._opened is not None:
            with suppress(Exception):  # a server that is gone has ended it
                self._opened.stop()
        self._opened = self._handed = None
        self._views.clear()

    def carried(self, model: Model) -> Model:
        """The model as it is built: on Spark, if it can be."""
        if not goes_to_spark(model):
            return model
        return SparkModel(model.name, model.sql, model.contract, engine=self)

    def answered(self, con: duckdb.DuckDBPyConnection, name: str, sql: str) -> tuple[str, Path]:
        """Ask Spark a query over tables of the warehouse.

        Args:
            con: the writer's connection.
            name: the model, for errors.
            sql: in DuckDB's words.

        Returns:
            A select of DuckDB's that gives the rows, and the folder they lie in, to be removed.

        Raises:
            ConfigurationError: no client, or a version that is not supported.
            CredentialError: nobody is let in.
            SourceError: the server is down, went away, or cannot answer the query.
            StorageError: the server does not see the folder.
        """
        session = self._session  # says first what keeps it from being opened: also that the extra is not there
        from pipelines.spark.translating import to_spark  # noqa: PLC0415  # sqlglot is of the extra

        said, tables = to_spark(sql)
        columns = {str(row[0]): str(row[1]) for row in con.execute(f"describe {sql}").fetchall()}
        parts: list[Path] = []
        with self._told(name):
            for table in tables:
                path = self._exchange.hand_over(con, table)
                if table.startswith("temp."):
                    parts.append(path.parent)
                self._see(table, path)
            rows = session.sql(said)
            answer = again_when_a_worker_is_lost(lambda: self._written(rows))
            is_lost = not any(answer.glob("*.parquet")) and again_when_a_worker_is_lost(rows.count) > 0
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)
        if is_lost:
            raise self._unseen(answer)
        return rows_of(answer, columns), answer

    def _written(self, rows: Any) -> Path:  # noqa: ANN401  # as above
        """Let Spark write rows into a folder of their own: what a try that failed has written is in another."""
        answer = self._exchange.place_of_answer()
        rows.write.mode("overwrite").parquet(answer.as_posix())
        return answer

    def _see(self, table: str, path: Path) -> None:
        """Let the session know a table by what was handed over of it."""
        from pipelines.spark.translating import view_of  # noqa: PLC0415  # as above

        if self._views.get(table) != path:
            handed = self._session.read.parquet(path.as_posix())
            if not handed.columns:  # some engines say so that there is no such file
                raise self._unseen(path)
            handed.createOrReplaceTempView(view_of(table))
            self._views[table] = path

    @contextmanager
    def _told(self, name: str) -> Generator[None]:
        from pyspark.errors import PySparkException  # noqa: PLC0415  # an extra

        try:
            yield
        except PySparkException as error:
            said = condition(error)
            if "PATH_NOT_FOUND" in said or "no such file" in str(error).lower():
                raise self._unseen(self._folder) from None
            host, port = place_of(self._remote)
            if "UNAUTHENTICATED" in str(error):
                raise CredentialError(
                    "Spark lets us in no more.", where=f"{host}:{port}", do="Renew the token in SYFTE_SPARK__REMOTE."
                ) from None
            raise SourceError(
                f"Spark could not build {name} ({said}).",
                where=f"{name}, on {host}:{port}",
                do="Tables built so far stand and nothing was published. If the server went away, start it and run "
                "the command again; else its log says more, and SYFTE_ENGINE=duckdb builds without it.",
            ) from None

    def _unseen(self, path: Path) -> StorageError:
        host, port = place_of(self._remote)
        return StorageError(
            f"Spark on {host}:{port} and Syfte do not see the same folder.",
            where=str(path),
            do="Set SYFTE_SPARK__FOLDER to a folder that both see under this path (docs/spark.md).",
        )


@dataclass(frozen=True)
class SparkModel(SqlModel):
    """A model whose rows Spark computes, in full and by increments.

    Args:
        engine: whose session answers.
    """

    engine: Engine = field(kw_only=True, repr=False, compare=False)

    @contextmanager
    def answered(self, con: duckdb.DuckDBPyConnection, sql: str) -> Generator[str]:
        """The rows of a query as Spark answers it, as a select of DuckDB's."""
        select, folder = self.engine.answered(con, self.name, sql)
        try:
            yield select
        finally:
            shutil.rmtree(folder, ignore_errors=True)
