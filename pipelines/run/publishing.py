"""Publishing what stands in the warehouse, and writing down what it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.landing import Publications
from pipelines.run.space import measure_growth
from pipelines.warehouse.publish import Published, publish

if TYPE_CHECKING:
    import duckdb

    from pipelines.project import Project


def publish_project(con: duckdb.DuckDBPyConnection, project: Project) -> Published:
    """Publish, and write down which edition of goals.yaml and which landed pages it was made from.

    Raises:
        StorageError: a file cannot be written; what readers see stays as it was.
    """
    published = publish(con, project.published_dir)
    [(as_of, goals, code, models)] = con.execute(
        "select as_of, goals_sha256, code_version, models_sha256 from ops.build"
    ).fetchall()
    ledger = dict(con.execute("select manifest, loaded_bytes from ops.ledger").fetchall())
    Publications(project.landing_dir).add(
        as_of=as_of, goals_sha256=goals, code_version=code, models_sha256=models, ledger=ledger
    )
    measure_growth(project)
    return published
