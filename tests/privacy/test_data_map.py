"""Every field that may be kept has a class, and readers get none that speaks of a person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from pipelines.errors import ConfigurationError
from pipelines.events import silent
from pipelines.project import Project
from pipelines.run.preparing import all_streams, prepare
from pipelines.sources.stream import Record, Stream, Text
from pipelines.warehouse.build import build_all, load_models
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.data_map import CLASSES, class_of_column, data_map_markdown, fields
from tests.integration.projects import plain_project

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "sql" / "seeds" / "data_map.csv"

READERS = {"none", "official document"}
"""Classes that readers get; and of a request to erase, that it was carried out."""

ROW_BY_ROW = {"kpi.kpi_survey_answers", "kpi.kpi_tip_touch", "kpi.kpi_tip_touch_posts", "published.erasure"}
"""Tables with a column of another class: random ids of the intake's and of the survey's own, and a keyed hash."""


def test_every_field_of_every_stream_has_a_class():
    found = [field for stream in all_streams() for field in fields(stream, TABLE)]
    assert len(found) > 300
    assert {field.privacy for field in found} == set(CLASSES)


def test_a_new_field_of_text_has_no_class_until_somebody_says_it():
    class Widened(Record):
        id: Text
        phone_of_the_author: Text | None = None

    with pytest.raises(ConfigurationError, match="phone_of_the_author"):
        list(fields(Stream(source="x", name="posts", record=Widened), TABLE))


def test_the_page_is_what_the_declarations_say():
    page = data_map_markdown(all_streams(), load_models().values(), TABLE)
    assert (ROOT / "docs" / "privacy" / "data-map.md").read_text(encoding="utf-8") == page


@pytest.fixture(scope="module")
def columns(tmp_path_factory) -> list[tuple[str, str, str]]:
    """Table, column and type of everything that a build makes of the KPI layer and of what readers get."""
    project = Project(plain_project(tmp_path_factory.mktemp("columns")))
    with open_writer(project.warehouse_path) as con:
        prepare(con, project, as_of=datetime(2026, 1, 5, 5, tzinfo=UTC), on_event=silent)
        build_all(con, load_models())
        return con.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
            "where schema_name in ('kpi', 'published') order by all"
        ).fetchall()


@pytest.mark.promise("P1")
def test_every_column_of_a_kpi_and_of_what_is_published_is_of_a_class_that_may_be_there(columns, figure):
    found = {(table, column): class_of_column(table, column, kind, TABLE) for table, column, kind in columns}
    figure("tables looked at", len({table for table, _ in found}))
    figure("columns looked at", len(found))
    figure("columns that nobody has allowed", sum(one is None for one in found.values()))
    assert {name for name in load_models() if name.startswith(("kpi.", "published."))} <= {table for table, _ in found}
    assert [name for name, privacy in found.items() if privacy is None] == []
    assert {table for (table, _), privacy in found.items() if privacy not in READERS} <= ROW_BY_ROW
    assert {table for (table, _), privacy in found.items() if privacy == "personal"} <= {"kpi.kpi_survey_answers"}


@pytest.mark.parametrize("column", ["text", "author", "name", "message", "comment_id", "username", "phone"])
@pytest.mark.parametrize("table", ["kpi.kpi_results", "published.post"])
def test_a_new_column_of_text_may_not_be_there_until_somebody_says_it(table, column):
    assert class_of_column(table, column, "VARCHAR", TABLE) is None
    assert class_of_column(table, column, f"STRUCT({column} VARCHAR)[]", TABLE) is None


def test_every_stream_that_names_posts_says_where_and_what_of_them_is_prose():
    for stream in all_streams():
        names = [field.encode_name for field in msgspec.structs.fields(stream.record)]
        if stream.role in ("posts", "post_metrics", "comments", "stories") or "post_id" in names:
            assert stream.post_key, stream.table
        for way in (*stream.post_key, *stream.prose):
            assert way.split(".")[0] in names, (stream.table, way)
        if stream.role == "posts":
            official = {f.path for f in fields(stream, TABLE) if f.retention == "deleted_posts"}
            covered = {
                path for path in official if any(path == way or path.startswith(f"{way}.") for way in stream.prose)
            }
            keys = {path for path in official if path in stream.post_key}
            assert official == covered | keys, (stream.table, official - covered - keys)
