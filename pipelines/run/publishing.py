"""Publishing what stands in the warehouse, and writing down what it was made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines import __version__
from pipelines.landing import Publications
from pipelines.landing.writer import write_durably
from pipelines.run.space import measure_growth
from pipelines.warehouse.build import load_models
from pipelines.warehouse.publish import Published, publish
from pipelines.warehouse.semantic import FILE, semantic_layer

if TYPE_CHECKING:
    import duckdb

    from pipelines.project import Project
    from pipelines.warehouse.model import Contract


def publish_project(con: duckdb.DuckDBPyConnection, project: Project) -> Published:
    """Publish, and write down which edition of goals.yaml and which landed pages it was made from.

    Raises:
        StorageError: a file cannot be written; what readers see stays as it was.
    """
    published = publish(con, project.published_dir)
    _write_semantic_layer(con, project)
    [(as_of, goals, code, models)] = con.execute(
        "select as_of, goals_sha256, code_version, models_sha256 from ops.build"
    ).fetchall()
    ledger = dict(con.execute("select manifest, loaded_bytes from ops.ledger").fetchall())
    Publications(project.landing_dir).add(
        as_of=as_of, goals_sha256=goals, code_version=code, models_sha256=models, ledger=ledger
    )
    measure_growth(project)
    return published


def published_contracts() -> dict[str, Contract]:
    """Published table (without its schema) -> what its header says."""
    stage = "published."
    return {n.removeprefix(stage): model.contract for n, model in load_models().items() if n.startswith(stage)}


def _write_semantic_layer(con: duckdb.DuckDBPyConnection, project: Project) -> None:
    """Beside the tables, for programs that make dashboards; untouched where it says the same."""
    said = semantic_layer(con, published_contracts(), version=__version__)
    content = (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()
    path = project.published_dir / FILE
    if not path.exists() or path.read_bytes() != content:
        write_durably(path, content)
