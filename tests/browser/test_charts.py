"""Charts as a reader meets them: under a strict policy, by keyboard and pointer, narrow and wide, without script."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

import pytest

from pipelines.report.charts import svg
from tests.unit.report.charts.examples import all_charts

ASSETS = Path("pipelines/report/assets")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'"


def table(chart):
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in chart.shown.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in chart.shown.iter_rows())
    rows = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<details><summary>Tabell</summary>{rows}</details>"


@cache
def page_of(words):
    charts = all_charts(words)
    figures = "".join(
        f'<figure id="{name}"><figcaption><strong>{name}</strong></figcaption>{svg(chart)}{table(chart)}</figure>'
        for name, chart in charts.items()
    )
    return (
        f'<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>Diagram</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="charts.css"><link rel="stylesheet" href="page.css">'
        f'<script src="charts.js" defer></script></head>'
        f"<body><main><h1>Diagram</h1>{figures}</main></body></html>"
    )


@pytest.fixture
def opened(browser):
    """Opens the page with all charts; its files come from memory, and what else is asked for is told."""
    contexts = []

    def open_page(words="facebook", **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("console", lambda said: page.troubles.append(said.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        files = {
            "/charts.css": ("text/css", ASSETS / "charts.css"),
            "/charts.js": ("text/javascript", ASSETS / "charts.js"),
        }
        html = page_of(words)

        def answer(route):
            path = "/" + route.request.url.split("/", 3)[3]
            if path == "/page.css":
                route.fulfill(content_type="text/css", body="body { margin: 1rem } figure { margin: 0 }")
            elif path == "/":
                route.fulfill(content_type="text/html", body=html)
            elif path in files:
                route.fulfill(content_type=files[path][0], body=files[path][1].read_text(encoding="utf-8"))
            else:
                page.troubles.append(f"asked for {route.request.url}")
                route.abort()

        page.route("**/*", answer)
        page.goto("http://report.invalid/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_the_arrow_keys_read_a_chart_row_by_row_in_the_words_of_its_table(opened):
    page = opened()
    cursor = page.locator("#trend [role=slider]")
    cursor.focus()
    read = []
    for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowRight"):
        page.keyboard.press(key)
        read.append((cursor.get_attribute("aria-valuenow"), cursor.get_attribute("aria-valuetext")))
    rows = list(all_charts()["trend"].shown.iter_rows())
    assert [now for now, _ in read] == ["1", "2", "3", "6", "6"]
    assert all(cell in read[1][1] for cell in rows[1][:4])
    assert "värde" not in read[2][1]
    assert page.locator("#trend .chart-tip").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#trend .chart-tip").is_hidden()
    assert page.troubles == []


def test_a_pointer_near_a_mark_shows_its_row_and_away_from_all_hides_it(opened):
    page = opened(viewport={"width": 1000, "height": 900})
    mark = page.locator('#funnel svg.chart-wide [data-row="0"]')
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 3)
    tip = page.locator("#funnel .chart-tip")
    assert all(cell in tip.inner_text() for cell in all_charts()["funnel"].shown.row(0))
    page.mouse.move(5, 5)
    assert tip.is_hidden()


def test_a_phone_sees_the_narrow_picture_and_a_desk_the_wide_one_and_neither_scrolls_sideways(opened):
    for width, shown, hidden in ((390, "chart-narrow", "chart-wide"), (1280, "chart-wide", "chart-narrow")):
        page = opened(viewport={"width": width, "height": 844})
        assert page.locator(f"#trend svg.{shown}").is_visible()
        assert page.locator(f"#trend svg.{hidden}").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        letters = page.evaluate(
            """[...document.querySelectorAll('svg.chart text')].filter(t => t.getClientRects().length)
               .map(t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"""
        )
        assert min(letters) >= 10.5


def test_without_script_every_picture_is_there_and_nothing_waits_for_it(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("svg.chart").count() == sum(svg(chart).count("<svg") for chart in all_charts().values())
    assert page.locator("[role=slider]").count() == 0


def test_hostile_words_do_nothing_in_a_page_with_script(opened):
    page = opened("</text></svg><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>")
    for cursor in page.locator("[role=slider]").all():
        cursor.focus()
        page.keyboard.press("End")
    assert page.title() == "Diagram"
    assert page.troubles == []


def test_colours_follow_the_readers_setting_and_the_pages(opened):
    def ink(page):
        return page.evaluate("getComputedStyle(document.querySelector('.f-ink')).fill")

    light, dark = opened(color_scheme="light"), opened(color_scheme="dark")
    assert (ink(light), ink(dark)) == ("rgb(29, 33, 39)", "rgb(236, 239, 242)")
    dark.evaluate("document.documentElement.dataset.theme = 'light'")
    assert ink(dark) == ink(light)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
