"""The models on Spark: every row as DuckDB's, of a first build and of the day after, whose increments run there too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.events import silent
from pipelines.project import Project
from pipelines.run.importing import import_files
from pipelines.run.preparing import prepare
from pipelines.run.pulling import pull_all
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox, write_canonical
from pipelines.spark.models import Engine, goes_to_spark
from pipelines.warehouse.build import Built, build_all, load_models
from pipelines.warehouse.connection import open_writer
from tests.integration.projects import sandbox_project
from tests.spark.comparing import rows_that_differ
from tests.spark.server import running_sail

FIRST = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)


class Asked(Engine):
    """Writes down of which models Spark was asked; else as it is."""

    def __init__(self, remote: str, folder: Path) -> None:
        super().__init__(remote, folder)
        self.names: list[str] = []

    def answered(self, con, name, sql):
        self.names.append(name)
        return super().answered(con, name, sql)


@dataclass(frozen=True)
class Day:
    """What both engines made of one day.

    Args:
        by_duckdb: each model, in the order of building.
        by_spark: the same with Spark.
        asked: the models of which Spark was asked.
        different: tables -> number of rows that only one of the two has.
        rows: of all tables together.
    """

    by_duckdb: list[Built]
    by_spark: list[Built]
    asked: list[str]
    different: dict[str, int]
    rows: int


def built_by_both(project: Project, remote: str, as_of: datetime) -> Day:
    models = load_models()
    with open_writer(project.warehouse_path) as con:
        prepare(con, project, as_of=as_of, on_event=silent)
        by_duckdb = build_all(con, models)
    engine = Asked(remote, project.data / "spark")
    with open_writer(project.data / "by_spark.duckdb") as con:
        prepare(con, project, as_of=as_of, on_event=silent)
        by_spark = build_all(con, {name: engine.carried(model) for name, model in models.items()})
        engine.close()
        different = rows_that_differ(con, project.warehouse_path, models)
    return Day(by_duckdb, by_spark, engine.names, different, sum(one.rows for one in by_spark))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    world = World(seed=3, scale=0.02)
    clock = SandboxClock(FIRST)
    with running_sandbox(world, clock=clock) as sandbox:
        folder = sandbox_project(
            tmp_path_factory.mktemp("spark") / "project", project_config(world, sandbox.url), FIRST
        )
        write_canonical(world, folder / "history", until=FIRST - timedelta(days=1))
        import_files(Project(folder), [folder / "history"], on_event=silent)
        pull_all(Project(folder)).raise_for_errors()
        yield Project(folder), clock


@pytest.fixture(scope="module")
def days(project):
    """Two days, built by both engines."""
    one, clock = project
    with running_sail() as (remote, _):
        first = built_by_both(one, remote, FIRST)
        clock.set(SECOND)
        path = one.root / ".env"
        path.write_text(path.read_text("utf-8").replace(FIRST.isoformat(), SECOND.isoformat()), "utf-8")
        pull_all(one).raise_for_errors()
        return first, built_by_both(one, remote, SECOND)


def test_spark_computes_every_model_that_is_sql_alone(days):
    first, _ = days
    assert first.asked == [name for name, model in load_models().items() if goes_to_spark(model)]
    assert len(first.asked) > 140


def test_every_table_has_the_rows_that_duckdb_gives(days):
    first, second = days
    assert first.rows > 50_000
    assert (first.different, second.different) == ({}, {})


def test_on_the_second_day_spark_is_asked_for_what_changed_alone(days):
    _, second = days
    fresh = {one.name for one in second.by_spark if one.is_new}
    assert fresh == {one.name for one in second.by_duckdb if one.is_new}
    assert set(second.asked) <= fresh
    assert len(fresh) < len(second.by_spark)


def test_an_increment_is_one_on_spark_as_well(days):
    _, second = days
    steps = {one.name: one.touched for one in second.by_duckdb if one.touched is not None}
    assert len(steps) > 3
    assert {one.name: one.touched for one in second.by_spark if one.touched is not None} == steps
    assert set(steps) & set(second.asked)


def test_nothing_of_what_was_handed_over_stays(project, days):
    assert days
    assert list((project[0].data / "spark").iterdir()) == []
