"""Pictures of charts, as they stand in the pages: Vega-Lite drawn by vl-convert, then made fit (`inline.py`).

The renderer is a JavaScript engine inside this process. It starts with the first picture (0.4 s) and then takes some
30 ms a picture, so whoever needs many asks for all of them in one process, in any order, and what stood in the report
before is not drawn again (`pictures.py`).
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipelines import plain_text
from pipelines.report.charts import inline, palette
from pipelines.report.charts.inline import fitted, inlined, text
from pipelines.report.pictures import picture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.report.charts.chart import Chart, Spec

VEGA_LITE = "6.4"
"""The version whose specifications Altair writes; vl-convert brings it along."""


def svg(chart: Chart) -> str:
    """The picture of a chart: one `<svg>`, or a wide and a narrow one of which CSS shows one, or a list of panels.

    There is no style attribute, no script and no address in it. Ids begin with the chart's name.
    """
    if chart.panels:
        return _panels(chart)
    wide = _picture(chart, chart.spec, "" if chart.narrow is None else "-w", chart.summary)
    return wide if chart.narrow is None else wide + _picture(chart, chart.narrow, "-n", chart.summary)


def svgs(charts: Iterable[Chart]) -> dict[str, str]:
    """The pictures of many charts by their names.

    Raises:
        ValueError: two charts have one name.
    """
    drawn: dict[str, str] = {}
    for chart in charts:
        if chart.name in drawn:
            message = f"two charts are called {chart.name!r}"
            raise ValueError(message)
        drawn[chart.name] = svg(chart)
    return drawn


def _picture(chart: Chart, spec: Spec, variant: str, summary: str) -> str:
    shown = {"-w": " chart-wide", "-n": " chart-narrow"}.get(variant, "")
    return inlined(
        _drawn(spec),
        identity=f"c-{chart.name}{variant}",
        title=chart.title,
        summary=summary,
        css_class=f"chart-{chart.kind}{shown}",
    )


def _panels(chart: Chart) -> str:
    items = [
        f"<li><p>{text(panel.title)} <span>{text(panel.figure)}</span></p>"
        + inlined(
            _drawn(panel.spec),
            identity=f"c-{chart.name}-{number}",
            title=panel.title,
            summary=panel.summary,
            css_class=f"chart-{chart.kind}",
        )
        + "</li>"
        for number, panel in enumerate(chart.panels)
    ]
    return f'<ul class="chart-panels">{"".join(items)}</ul>'


def _drawn(spec: Spec) -> str:
    """A picture made fit for pages; nothing is fetched, whatever a specification says."""
    return picture(json.dumps(spec), _drawer(), _rendered)


@cache
def _drawer() -> str:
    """What draws, and what makes it fit: whatever of it changes, pictures are drawn anew."""
    fitting = hashlib.sha256("\0".join(map(inspect.getsource, (inline, palette, plain_text))).encode()).hexdigest()
    return f"vl-convert {version('vl-convert-python')}, Vega-Lite {VEGA_LITE}, {fitting}"


@lru_cache(maxsize=4096)
def _rendered(spec: str) -> str:
    """The same picture stands in both editions, and of small multiples some are alike: each is drawn once."""
    renderer: Any = importlib.import_module("vl_convert")  # of the extra `report`, without types
    return fitted(str(renderer.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])))
