"""Every field that may be kept has a class, and readers get none that speaks of a person."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipelines.errors import ConfigurationError
from pipelines.run.preparing import all_streams
from pipelines.sources.stream import Record, Stream, Text
from pipelines.warehouse.build import load_models
from pipelines.warehouse.data_map import CLASSES, data_map_markdown, fields

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "sql" / "seeds" / "data_map.csv"

PERSONAL_WORDS = ("author", "comment_id", "parent_id", "interaction_id", "tip_id", "resp_id", "respondent")
"""Columns of these names speak of a person."""

OWN_WORDS = {"published.post": {"permalink"}}
"""What readers get of own posts as the platform gave it; their text is not among it."""

PROSE = ("text", "message", "caption", "content", "commentary", "handle", "username", "answer", "permalink")


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


@pytest.mark.promise("P1")
def test_no_kpi_and_no_published_table_has_a_column_of_a_person_or_of_free_text(figure):
    models = [model for model in load_models().values() if model.name.split(".")[0] in ("kpi", "published")]
    found = {
        f"{model.name}.{column}"
        for model in models
        for column in model.contract.columns
        if column in PERSONAL_WORDS or (column in PROSE and column not in OWN_WORDS.get(model.name, set()))
    }
    inner = {"kpi.kpi_tip_touch.tip_id", "kpi.kpi_tip_touch_posts.tip_id", "kpi.kpi_survey_answers.resp_id"}
    assert {name for name in found if name.startswith("published.")} == set()
    assert found <= inner  # random ids of the intake's and the survey's own, and no reader sees them
    figure("tables looked at", len(models))
    figure("columns looked at", sum(len(model.contract.columns) for model in models))
    figure("published columns of a person or of free text", len(found - inner))


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
