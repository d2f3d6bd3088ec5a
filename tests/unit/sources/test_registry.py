from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.settings import Settings
from pipelines.sources.facebook_pages.streams import PAGE_METRICS, POST_METRICS
from pipelines.sources.instagram.streams import MEDIA_METRICS, SERIES_METRICS, TOTAL_METRICS
from pipelines.sources.registry import SOURCES, api_streams, configured_sources

ROOT = Path(__file__).parents[3]
TOKEN = SecretStr("EAAsentinelTOKEN0123456789")


def test_every_stream_has_a_table_of_its_own():
    tables = [stream.table for stream in api_streams()]
    assert len(tables) == len(set(tables))


def test_a_source_gives_the_streams_that_are_registered_for_it(tmp_path):
    every = Settings(
        project_dir=tmp_path,
        facebook_pages={"token": TOKEN},
        instagram={"token": TOKEN},
        x={"token": TOKEN, "enabled": True},
        tiktok={"token": TOKEN, "enabled": True},
        linkedin={"token": TOKEN},
        youtube={"api_key": TOKEN},
        threads={"token": TOKEN},
        mastodon={"tokens": {}},
        bluesky={"tokens": {}},
        tips={"token": TOKEN, "base_url": "https://intake.example.se"},
    )
    sources = configured_sources(every)
    assert [source.name for source in sources] == [entry.name for entry in SOURCES]
    assert {stream for source in sources for stream in source.streams} == set(api_streams())
    assert all(stream.source == source.name for source in sources for stream in source.streams)


def test_the_streams_can_be_known_without_loading_an_http_library():
    code = "import sys; from pipelines.sources.registry import api_streams; api_streams(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"httpx", "aiohttp", "pydantic"} & set(loaded.stdout.split())


@pytest.mark.parametrize("source", sorted({stream.source for stream in api_streams()}))
def test_the_page_of_a_source_names_every_stream_and_its_kind(source):
    text = (ROOT / "docs" / "sources" / f"{source}.md").read_text(encoding="utf-8")
    for stream in api_streams():
        if stream.source == source:
            assert f"`{stream.name}`" in text
            assert stream.kind in text


@pytest.mark.parametrize(
    ("source", "metrics"),
    [
        ("facebook_pages", {*POST_METRICS, *PAGE_METRICS}),
        ("threads", {metric for stream in api_streams() if stream.source == "threads" for metric in stream.metrics}),
        ("youtube", {metric for stream in api_streams() if stream.source == "youtube" for metric in stream.metrics}),
        ("instagram", {*SERIES_METRICS, *TOTAL_METRICS, *(m for group in MEDIA_METRICS.values() for m in group)}),
    ],
)
def test_the_page_of_a_source_names_every_metric_that_is_asked_for(source, metrics):
    text = (ROOT / "docs" / "sources" / f"{source}.md").read_text(encoding="utf-8")
    assert [metric for metric in metrics if f"`{metric}`" not in text] == []


def test_every_field_of_a_tip_is_documented_for_those_who_run_an_intake():
    text = (ROOT / "docs" / "sources" / "tips.md").read_text(encoding="utf-8")
    (tips,) = [stream for stream in api_streams() if stream.source == "tips"]
    assert [name for name in tips.record.__struct_fields__ if f"| `{name}` |" not in text] == []


def test_a_platform_of_the_graph_family_is_under_150_lines():
    """docs/architecture.md says so: what is common stands in `graph_source.py` and beside it."""
    files = (ROOT / "pipelines" / "sources" / "threads").glob("*.py")
    assert sum(path.read_text(encoding="utf-8").count("\n") for path in files) < 150
