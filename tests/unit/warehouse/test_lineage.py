"""Where each KPI comes from is read off the models: down to raw rows, and no further than its own."""

from __future__ import annotations

import pytest

from pipelines.warehouse.build import load_models
from pipelines.warehouse.lineage import END, measures


@pytest.fixture(scope="module")
def lineage() -> dict[str | None, list[str]]:
    return measures(load_models())


def test_every_measure_leads_from_raw_rows_to_the_scorecard(lineage):
    assert len(lineage) > 9
    for measure, tables in lineage.items():
        if measure is not None:
            assert tables[-1] == END, measure
            assert any(table.startswith("raw.") for table in tables), measure
            assert "kpi.kpi_estimates" in tables, measure


def test_each_table_comes_after_what_it_reads(lineage):
    models = load_models()
    for tables in lineage.values():
        for place, table in enumerate(tables):
            later = set(tables[place + 1 :])
            assert not later.intersection(models[table].depends if table in models else ())


@pytest.mark.parametrize(
    ("measure", "rests_on", "not_on"),
    [
        ("tips_rate_ratio", "raw.files__tips", "raw.files__interactions"),
        ("unique_reach", "raw.files__post_snapshots", "raw.files__tips"),
        ("answered_in_time", "raw.files__interactions", "raw.files__tips"),
        ("survey_share", "raw.files__survey_responses", "raw.files__tips"),
        ("views_per_inhabitants", "raw.files__post_snapshots", "raw.files__interactions"),
    ],
)
def test_a_measure_rests_on_its_own_rows_only(lineage, measure, rests_on, not_on):
    assert rests_on in lineage[measure]
    assert not_on not in lineage[measure]
