"""The report in a real browser: every page, both languages, both variants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.conftest import VARIANTS, WIDTHS

pytestmark = pytest.mark.slow
LANGS = ("sv", "en")
VERDICTS = {"sv": ("uppfyllt", "otillräckligt underlag"), "en": ("met", "insufficient evidence")}
FIRST_PAGE_BYTES = 300_000


@pytest.fixture(scope="module", autouse=True)
def made_before_the_browser_opens(sites, hostile):
    """Beside Playwright's event loop no pull can run."""


def violations(page, rules=()):
    """What axe finds by these rules, else by all: rule, how bad, and the first place."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # preloading would fetch our style sheets; and naming each place where a rule holds takes three quarters of the time
    options = {"preload": False, "resultTypes": ["violations"]}
    found = axe.Axe().run(page, options=options | ({"runOnly": list(rules)} if rules else {})).response["violations"]
    return [(v["id"], v["impact"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"][:300]) for v in found]


@pytest.mark.parametrize(("variant", "scheme"), [("internal", "light"), ("public", "light"), ("internal", "dark")])
def test_axe_finds_nothing_on_any_page(sites, opened, variant, scheme):
    site = sites[variant]
    assert len(site.pages) > 10
    page, _ = opened(site.first("sv"), color_scheme=scheme, reduced_motion="reduce")
    for path in (
        site.pages if scheme == "light" else sorted((site.root / "sv").glob("*.html"))
    ):  # dark alters colours only
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert violations(page, () if scheme == "light" else ("color-contrast",)) == [], path.relative_to(site.root)


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_page_asks_another_host_fails_to_load_or_says_an_error(sites, opened, variant):
    site = sites[variant]
    page, seen = opened(site.root / "index.html")
    for path in site.pages:
        page.goto(path.as_uri())
        policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for image in page.locator("button:visible").all():
            image.click()
    assert seen.said == []
    assert seen.failed == []
    assert {url.split("://")[0] for url in seen.asked} <= {"file", "data"}
    assert all(url.startswith((site.root.as_uri(), "data:")) for url in seen.asked)


@pytest.mark.parametrize("width", ["phone", "laptop"])
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_verdict_is_on_the_first_screen(sites, opened, variant, lang, width):
    page, _ = opened(sites[variant].first(lang), width=width)
    found = page.locator(".glance li:visible, .cards > li:visible").all()
    assert len(found) >= 4
    _, high = WIDTHS[width]
    for one in found[:4]:
        box = one.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= high, (one.inner_text(), box)
        assert any(word in one.inner_text().lower() for word in VERDICTS[lang])


@pytest.mark.parametrize("lang", LANGS)
def test_the_first_page_is_light_and_the_same_without_javascript(sites, opened, lang):
    path = sites["internal"].first(lang)
    page, seen = opened(path)
    loaded = [Path(url.removeprefix("file://")) for url in dict.fromkeys(seen.asked) if url.startswith("file://")]
    assert sum(file.stat().st_size for file in loaded) < FIRST_PAGE_BYTES
    without, quiet = opened(path, java_script_enabled=False)
    assert without.locator("main").inner_text() == page.locator("main").inner_text()
    assert without.locator("figure svg:visible").count() == page.locator("figure svg:visible").count() > 0
    assert quiet.said == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_page_scrolls_sideways_on_the_narrowest_screen(sites, opened, variant):
    page, _ = opened(sites[variant].first("sv"), width="320")
    for path in sites[variant].pages:
        page.goto(path.as_uri())
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= 320, (path.relative_to(sites[variant].root), wide)


FOCUS = """() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    return {tag: one.tagName, text: (one.innerText || one.getAttribute('aria-label') || '').trim().slice(0, 60),
        seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
        href: one.getAttribute('href'), inside: box.width > 0 && box.height > 0};
}"""
REACHABLE = "main a[href]:visible, main button:visible, main summary:visible, main [tabindex='0']:visible"


@pytest.mark.parametrize("name", ["index.html", "tips.html", "posts.html"])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(sites, opened, name):
    page, _ = opened(sites["internal"].root / "sv" / name)
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUS)
    assert first["href"].startswith("#"), "the first stop is the way past the navigation"
    assert first["inside"]
    wanted = page.locator(REACHABLE).count()
    stops, inside = 1, 0
    while (here := page.evaluate(FOCUS))["tag"] != "BODY" and stops < 600:
        assert here["seen"], here
        inside += page.evaluate("document.activeElement.closest('main') !== null")
        page.keyboard.press("Tab")
        stops += 1
    assert inside == wanted


def test_the_way_past_the_navigation_leads_to_the_content(sites, opened):
    page, _ = opened(sites["internal"].first("en"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_nothing_moves_for_those_who_want_no_motion(sites, opened):
    page, _ = opened(sites["internal"].first("sv"), reduced_motion="reduce")
    for path in sites["internal"].pages:
        page.goto(path.as_uri())
        assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("lang", LANGS)
def test_pages_have_their_language_one_heading_and_a_title_of_their_own(sites, opened, lang):
    page, _ = opened(sites["internal"].first(lang))
    titles = []
    for path in sorted((sites["internal"].root / lang).rglob("*.html")):
        page.goto(path.as_uri())
        assert page.locator("html").get_attribute("lang") == lang
        assert page.locator("h1").count() == 1
        titles.append(page.title())
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_chart_has_its_table_and_its_csv(sites, opened, variant):
    site, charts = sites[variant], 0
    page, _ = opened(site.first("sv"))
    for path in site.pages:
        page.goto(path.as_uri())
        for figure in page.locator("main figure:has(svg)").all():
            charts += 1
            assert figure.locator("figcaption").count() >= 1
            assert figure.locator("svg[role='img']").count() >= 1
            if figure.locator("xpath=ancestor::li[contains(@class, 'card')]").count():
                continue  # the scorecard's pictures have one table together, and its CSV
            assert figure.locator("details table").count() >= 1, (path, figure.inner_html()[:300])
            link = figure.locator("a[href$='.csv']").first.get_attribute("href")
            assert (path.parent / link).resolve().is_file(), (path, link)
    assert charts > 20
    page.goto(site.first("sv").as_uri())
    assert (
        page.locator("section[aria-labelledby='all'] table tbody tr").count()
        >= page.locator(".cards figure").count()
        > 3
    )
    assert page.locator("section[aria-labelledby='all'] a[href$='.csv']").count() == 1


def test_it_prints_on_paper(sites, opened):
    page, _ = opened(sites["internal"].first("sv"))
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    page.emulate_media(media="print")
    assert page.locator("nav:visible").count() == 0
    ink = page.evaluate("getComputedStyle(document.body).color.match(/\\d+/g).map(Number)")
    assert max(ink[:3]) < 64, "dark ink on white paper"


@pytest.mark.parametrize("variant", VARIANTS)
def test_hostile_texts_stay_texts_on_every_page(hostile, opened, variant):
    page, seen = opened(hostile[variant].first("sv"))
    for path in hostile[variant].pages:
        page.goto(path.as_uri())
        alien = page.evaluate(
            "[...document.querySelectorAll('script, iframe, img, object, embed, [onerror], [onload], a')]"
            ".map(one => one.tagName + ' ' + (one.getAttribute('src') || one.getAttribute('href') || ''))"
        )
        assert not [one for one in alien if one.startswith(("IFRAME", "OBJECT", "EMBED", "IMG"))], path
        assert not [one for one in alien if "javascript:" in one.lower() or "data:text" in one.lower()], path
        assert "49" not in page.locator("h1").inner_text()  # {{7*7}} is no sum
    assert seen.said == []
    assert all(url.startswith("file:") for url in seen.asked)


@pytest.mark.parametrize("width", WIDTHS)
def test_pictures_of_every_page_are_kept_where_somebody_asks_for_them(sites, opened, width):
    """SCREENSHOTS=DIR keeps them; in CI they are artefacts. Without it the first page alone is drawn."""
    folder = os.environ.get("SCREENSHOTS")
    page, _ = opened(sites["internal"].first("sv"), width=width)
    for path in sites["internal"].pages if folder else [sites["internal"].first("sv")]:
        page.goto(path.as_uri())
        picture = page.screenshot(full_page=True)
        assert picture.startswith(b"\x89PNG")
        if folder:
            name = "-".join(path.relative_to(sites["internal"].root).with_suffix("").parts)
            target = Path(folder) / f"{name}-{width}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(picture)
