"""The pages that are written from the models and the catalogue say what these say."""

from __future__ import annotations

import csv

import pytest

from pipelines.warehouse.documentation import metrics_markdown, published_markdown, tables_markdown
from tests.spec.kpi.chain import models
from tests.spec.tables import SQL

DOCS = SQL.parent / "docs"


def pages() -> dict[str, str]:
    known = models().values()
    return {
        "metrics.md": metrics_markdown(SQL / "seeds" / "metrics.csv"),
        "published.md": published_markdown(known),
        "tables.md": tables_markdown(known),
    }


@pytest.mark.parametrize("name", ["metrics.md", "published.md", "tables.md"])
def test_a_written_page_is_up_to_date(name):
    """Write them anew with: python -m tests.spec.published.test_documentation."""
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name]


def test_every_native_metric_of_the_catalogue_is_on_the_page():
    page = pages()["metrics.md"]
    with (SQL / "seeds" / "metrics.csv").open(encoding="utf-8") as file:
        assert [row for row in csv.DictReader(file) if f"| `{row['native_metric']}` | {row['scope']}" not in page] == []


def test_every_model_is_on_one_of_the_pages():
    written = pages()
    assert [n for n in models() if f"## `{n}`" not in written["tables.md"] + written["published.md"]] == []


def test_every_published_column_is_on_the_page():
    page = published_markdown(models().values())
    for name, model in models().items():
        if name.startswith("published."):
            section = page.split(f"## `{name}`")[1].split("\n## ")[0]
            assert [c for c in model.contract.columns if f"| `{c}` |" not in section] == []


if __name__ == "__main__":
    for page_name, text in pages().items():
        (DOCS / page_name).write_text(text, encoding="utf-8")
