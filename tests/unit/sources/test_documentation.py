"""docs/sources/README.md says what the declarations say, and the declarations say enough."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.sources.documentation import sources_markdown
from pipelines.sources.registry import SOURCES, api_streams

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "sql" / "seeds"
OF_PLATFORMS = [entry for entry in SOURCES if entry.platform]


def test_the_table_of_platforms_is_up_to_date():
    """Write it anew with: python -m pipelines.sources.documentation."""
    page = (ROOT / "docs" / "sources" / "README.md").read_text(encoding="utf-8")
    assert page == sources_markdown(api_streams(), SEEDS)


@pytest.mark.parametrize("entry", OF_PLATFORMS, ids=lambda entry: entry.name)
def test_every_platform_declares_what_it_asks_for(entry):
    own = [stream for stream in api_streams() if stream.source == entry.name]
    assert {"account", "posts"} <= {stream.role for stream in own}
    assert all(stream.path for stream in own if stream.role not in ("metric_status", "other"))
    assert all(stream.history for stream in own if stream.role in ("posts", "account_series"))
    assert any(stream.metrics for stream in own if stream.role in ("posts", "post_metrics"))
    assert any(stream.metrics for stream in own if stream.role == "account")
    assert any(stream.cost for stream in own)


@pytest.mark.parametrize("entry", OF_PLATFORMS, ids=lambda entry: entry.name)
def test_every_figure_that_is_pulled_is_in_the_catalogue_and_becomes_a_reading(entry):
    with (SEEDS / "metrics.csv").open(encoding="utf-8") as file:
        known = {
            (row["scope"], row["native_metric"]) for row in csv.DictReader(file) if row["platform"] == entry.platform
        }
    for stream in (one for one in api_streams() if one.source == entry.name and one.metrics):
        scope = "account" if stream.role in ("account", "account_series") else "post"
        assert {(scope, name) for name in stream.metrics} <= known, stream.name
