"""What every picture promises, whatever it shows: small, inert, the same every time, and readable without seeing it."""

from __future__ import annotations

import math
import re
from collections import Counter
from xml.etree import ElementTree as ET

import altair as alt
import polars as pl
import pytest
import vl_convert

from pipelines.report.charts import svg, svgs, trend
from pipelines.report.charts.drawing import VEGA_LITE, _rendered
from tests.unit.report.charts.examples import all_charts, periods
from tests.unit.report.charts.pictures import SVG

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</text></svg><svg/onload=alert(3)>",
    "javascript:alert(5)",
    "&lt;script&gt;{{7*7}}${7*7}{x}",
    'url(#x) fill="url(http://x/)" row:3 class="f-hatch"',
    "a\0b\x1b[2J\u202e\u200b",
    "å" * 300,
]

_ALLOWED = re.compile(
    r"class|viewBox|role|aria-labelledby|id|x|y|cx|cy|r|width|height|d|transform|fill|patternUnits|patternTransform|"
    r"stroke-width|stroke-dasharray|stroke-linecap|stroke-linejoin|text-anchor|font-size|font-weight|data-row"
)
_ELEMENTS = {"svg", "g", "path", "circle", "rect", "text", "title", "desc", "pattern", "ul", "li", "p", "span"}


@pytest.fixture(scope="module")
def drawn():
    return svgs(all_charts().values())


def elements(picture):
    return [element for element in ET.fromstring(f"<all>{picture}</all>").iter() if element.tag != "all"]  # noqa: S314


def inert(picture):
    """No element or attribute but those that draw, and no address in any of them."""
    for element in elements(picture):
        assert element.tag.removeprefix(SVG) in _ELEMENTS
        for name, value in element.attrib.items():
            assert _ALLOWED.fullmatch(name), (name, value)
            assert not re.search(r"(?i)script|http|data:|url\((?!#c-)", value), (name, value)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_words_in_every_picture(words):
    for picture in svgs(all_charts(words).values()).values():
        inert(picture)
        assert not re.search("[\0\x1b\u202e\u200b]", picture)


def test_hostile_words_are_still_to_be_read():
    picture = svg(all_charts("<script>alert(1)</script>", "en")["trend"])
    assert ">&lt;script&gt;alert(1)&lt;/script&gt;</text>" in picture


def test_the_same_chart_gives_the_same_bytes_whatever_was_drawn_before(drawn):
    _rendered.cache_clear()
    again = svgs(reversed(all_charts().values()))
    assert drawn == again


def test_a_picture_that_stands_in_both_editions_is_drawn_once(monkeypatch):
    asked: list[str] = []
    draw = vl_convert.vegalite_to_svg
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda spec, **more: (asked.append(spec), draw(spec, **more))[1])
    _rendered.cache_clear()
    charts = list(all_charts().values())[:3]
    assert [svg(chart) for chart in charts] == [svg(chart) for chart in charts]
    assert len(asked) == len(set(asked)) >= len(charts)


def test_no_two_parts_of_a_page_share_an_id_and_every_one_that_is_named_is_there(drawn):
    page = "".join(drawn.values())
    ids = Counter(re.findall(r' id="([^"]*)"', page))
    named = {name for names in re.findall(r'aria-labelledby="([^"]*)"', page) for name in names.split()}
    assert set(ids.values()) == {1}
    assert named | set(re.findall(r"url\(#([^)]*)\)", page)) == set(ids)


def test_every_picture_says_what_it_is_and_what_is_to_be_seen(drawn):
    for name, chart in all_charts().items():
        for picture in [element for element in elements(drawn[name]) if element.tag == f"{SVG}svg"]:
            assert picture.get("role") == "img"
            assert picture.find(f"{SVG}title").text
            assert picture.find(f"{SVG}desc").text
        assert chart.summary


def test_a_picture_is_small(drawn):
    sizes = {name: len(picture.encode()) for name, picture in drawn.items()}
    assert sizes["interval"] < 1_500
    assert max(sizes.values()) < 12_000, sizes
    assert max(len(number) for number in re.findall(r"\.(\d+)", drawn["trend"])) == 1


def test_marks_point_at_rows_that_the_table_has_and_together_at_all_of_them(drawn):
    for name, chart in all_charts().items():
        rows = {int(row) for row in re.findall(r'data-row="(\d+)"', drawn[name])}
        assert rows <= set(range(chart.table.height)), name
        assert chart.table.shape == chart.shown.shape
        assert not chart.shown.select(chart.shown.columns).null_count().sum_horizontal().item()


def test_altair_takes_every_specification():
    for chart in all_charts().values():
        for spec in [chart.spec, chart.narrow, *(panel.spec for panel in chart.panels)]:
            if spec:
                assert alt.LayerChart.from_dict(spec).layer


def test_the_version_of_vega_lite_is_the_one_that_altair_writes():
    assert alt.SCHEMA_VERSION.startswith(f"v{VEGA_LITE}.")
    assert all_charts()["trend"].spec["$schema"] == alt.SCHEMA_URL


def test_two_charts_of_one_name_are_refused_and_so_is_a_name_that_is_no_file():
    chart = all_charts()["interval"]
    with pytest.raises(ValueError, match="two charts"):
        svgs([chart, chart])
    for name in ("", "../x", "A", "a b", "å", "x" * 81):
        with pytest.raises(ValueError, match="name"):
            type(chart)(**{**chart.__dict__, "name": name})


@pytest.mark.parametrize("strange", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_missing_and_not_drawn(strange):
    months = periods("missing").with_columns(
        pl.when(pl.col("value") == 0.6).then(pl.lit(strange)).otherwise("value").alias("value")
    )
    chart = trend(months, name="t", title="t", lang="en", unit="share")
    assert chart.table["value"].to_list() == [0.5, None, None, 0.7, 0.65, 0.8]
    assert not re.search("(?i)nan|inf", re.sub("<desc.*?</desc>", "", svg(chart)))
