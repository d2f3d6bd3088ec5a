"""docs/published.md says what the published models promise."""

from __future__ import annotations

from pipelines.warehouse.documentation import published_markdown
from tests.spec.kpi.chain import models
from tests.spec.tables import SQL


def test_the_page_of_the_published_tables_is_up_to_date():
    """Write it anew with: python -m tests.spec.published.test_documentation."""
    page = SQL.parent / "docs" / "published.md"
    assert page.read_text(encoding="utf-8") == published_markdown(models().values())


def test_every_published_column_is_on_the_page():
    page = published_markdown(models().values())
    for name, model in models().items():
        if name.startswith("published."):
            section = page.split(f"## `{name}`")[1].split("\n## ")[0]
            assert [c for c in model.contract.columns if f"| `{c}` |" not in section] == []


if __name__ == "__main__":
    (SQL.parent / "docs" / "published.md").write_text(published_markdown(models().values()), encoding="utf-8")
