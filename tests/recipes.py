"""The queries of docs/dashboards/, read out of the pages."""

from __future__ import annotations

import re
from pathlib import Path

PAGES = Path(__file__).parents[1] / "docs" / "dashboards"
TOOLS = ("superset", "metabase", "grafana", "powerbi", "evidence")

_QUERY = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TIME_FILTER = re.compile(r"\$__timeFilter\((\w+)\)")


def recipes() -> list[tuple[str, str]]:
    """Page and query; Grafana's macro written out as Grafana does."""
    return [
        (name, _TIME_FILTER.sub(r"\1 between timestamp '2000-01-01' and timestamp '2100-01-01'", query))
        for name in TOOLS
        for query in _QUERY.findall((PAGES / f"{name}.md").read_text(encoding="utf-8"))
    ]
