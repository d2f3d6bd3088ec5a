"""Writes docs/privacy/data-map.md: `python -m pipelines.run.mapping`."""

from __future__ import annotations

from pathlib import Path

from pipelines.run.preparing import all_streams
from pipelines.warehouse.build import load_models, sql_root
from pipelines.warehouse.data_map import data_map_markdown

PAGE = Path(__file__).parents[2] / "docs" / "privacy" / "data-map.md"


def main() -> None:
    """Write the page."""
    page = data_map_markdown(all_streams(), load_models().values(), sql_root() / "seeds" / "data_map.csv")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
