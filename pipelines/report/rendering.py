"""Pages as HTML: templates with everything escaped, pictures inline, tables beside them."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from pipelines.plain_text import safe
from pipelines.report.charts import svgs
from pipelines.spreadsheets import formula_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pipelines.report.charts import Chart
    from pipelines.report.site import Page, Site

_HERE = Path(__file__).parent
ASSETS = _HERE / "assets"

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; font-src 'none'; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)
"""What a browser may fetch for a page: its own stylesheet, script and icon. No style or script stands in a page."""

_LANGUAGES = ("sv", "en")


@cache
def templates() -> jinja2.Environment:
    """The templates: whatever goes into them is text unless it was made here; an unknown name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_written,
    )
    known: dict[str, Any] = {
        "policy": POLICY,
        "stylesheets": sorted(path.name for path in ASSETS.glob("*.css")),
        "scripts": sorted(path.name for path in ASSETS.glob("*.js")),
    }
    environment.globals |= known
    return environment


def _written(value: Any) -> Any:  # noqa: ANN401  # a template prints anything
    """No value is nothing on the page, and no text turns, hides or breaks what stands around it."""
    if value is None:
        return ""
    return safe(value, keep="\n") if isinstance(value, str) and not isinstance(value, Markup) else value


def site_files(site: Site, pages: Sequence[Page]) -> dict[str, bytes]:
    """All files of a site in one language: its pages, and a CSV for each chart and table.

    Returns:
        Path below the report's folder -> content; the same for the same publication, byte for byte.
    """
    drawn = svgs(chart for page in pages for chart in page.charts)
    environment = templates()
    files: dict[str, bytes] = {}
    for page in pages:
        files[f"{site.lang}/{page.path}"] = _rendered(environment, site, page, pages, drawn)
        tables = {chart.name: chart.table for chart in page.charts} | dict(page.tables)
        files |= {_csv_path(site.lang, name): csv_of(frame) for name, frame in tables.items()}
    return files


def _rendered(
    environment: jinja2.Environment, site: Site, page: Page, pages: Sequence[Page], drawn: dict[str, str]
) -> bytes:
    parts: Any = environment.get_template("parts.html.j2").make_module({"say": site.say})

    def picture(chart: Chart) -> Markup:
        return Markup(drawn[chart.name])  # noqa: S704  # `charts.inline` wrote it, and escapes every word in it

    source = site.say("figure.source", instant=site.say.instant(site.publication.as_of, site.publication.zone))

    def figure(chart: Chart, *, heading: str = "") -> Markup:
        return Markup(parts.figure(chart, picture(chart), csv(chart.name), heading, source))  # noqa: S704  # a template's

    def csv(name: str) -> str:
        return f"../{_csv_path(site.lang, name)}"

    html = environment.get_template(page.template).render(
        site=site, say=site.say, publication=site.publication, page=page,
        paths=frozenset(other.path for other in pages), places=[other for other in pages if other.place],
        other_lang=next(lang for lang in _LANGUAGES if lang != site.lang),
        figure=figure, picture=picture, csv=csv, parts=parts, **page.values,
    )  # fmt: skip
    return html.encode("utf-8")


def _csv_path(lang: str, name: str) -> str:
    return f"data/{lang}/{name}.csv"


def csv_of(frame: pl.DataFrame) -> bytes:
    """A frame as CSV that every spreadsheet opens and none takes for formulas; no value is an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in frame.columns])
    writer.writerows([_cell(value) for value in row] for row in frame.iter_rows())
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return formula_safe(safe(value, keep="\n")) if isinstance(value, str) else "" if value is None else value


def asset_files() -> dict[str, bytes]:
    """The stylesheets, the script and the icon."""
    return {f"assets/{path.name}": path.read_bytes() for path in sorted(ASSETS.iterdir()) if path.is_file()}
