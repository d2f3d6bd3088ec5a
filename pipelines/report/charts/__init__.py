"""Charts: frames of the published tables in, a picture with its words and its table out. Pure functions, no I/O.

Each function takes `name` (unique in the site), `title` (a sentence), `lang`, and where values have a unit `unit`, as
`published.kpi_basis` names it; its docstring names the columns of its frames. `svg` makes the picture for the page.
"""

from pipelines.report.charts.bars import bars, three_numbers
from pipelines.report.charts.chart import Chart, Panel, Target
from pipelines.report.charts.drawing import svg, svgs
from pipelines.report.charts.figures import figure, span
from pipelines.report.charts.freshness import freshness
from pipelines.report.charts.funnel import funnel
from pipelines.report.charts.gap import gap
from pipelines.report.charts.interval import interval
from pipelines.report.charts.lag import lag_law, waiting
from pipelines.report.charts.multiples import multiples
from pipelines.report.charts.strip import strip
from pipelines.report.charts.trend import trend

__all__ = [
    "Chart",
    "Panel",
    "Target",
    "bars",
    "figure",
    "freshness",
    "funnel",
    "gap",
    "interval",
    "lag_law",
    "multiples",
    "span",
    "strip",
    "svg",
    "svgs",
    "three_numbers",
    "trend",
    "waiting",
]
