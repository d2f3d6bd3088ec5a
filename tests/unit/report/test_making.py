"""The report as files: the same for the same publication, hostile texts inert, nothing in public that may not be."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from pipelines.report.making import report_files
from pipelines.report.rendering import POLICY
from pipelines.report.unchanged import made_from
from pipelines.warehouse.connection import open_hardened
from tests.security.payloads import ALL
from tests.unit.report.published import published

pytestmark = pytest.mark.filterwarnings("error")


def made(path, *, public=False):
    with open_hardened(path) as con:
        return report_files(con, public=public)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return published(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def files(database):
    return made(database)


class Elements(HTMLParser):
    """What a browser would make of a page: elements, their attributes, and the texts in between."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def pages(files):
    return {path: Elements(content.decode()) for path, content in files.items() if path.endswith(".html")}


def test_the_same_publication_gives_the_same_bytes(database, files):
    assert made(database) == files


def test_the_first_page_tells_how_many_purposes_are_served_and_each_verdict_in_words(files):
    html = files["en/index.html"].decode()
    assert "<h1>One of three purposes is served.</h1>" in html
    assert re.findall(r'class="card (\w+)"', html) == ["met", "not_met", "insufficient_evidence"]
    assert html.count("Not met: Få in fler tips.") == 1
    assert "Ett av tre syften är uppfyllt." in files["sv/index.html"].decode()


def test_what_is_missing_is_told_and_never_a_zero(files):
    html = files["en/index.html"].decode()
    card = html[html.index('id="goal-safety"') :]
    assert "data are missing" in card
    assert "Missing: 3% of what was due to be read" in html
    assert re.findall(r'class="number">([^<]*)<', html) == ["80%", "50%", "no data"]


def test_every_page_fits_its_policy(files):
    for path, page in pages(files).items():
        names = [tag for tag, _ in page.found]
        policies = [a["content"] for tag, a in page.found if a.get("http-equiv") == "Content-Security-Policy"]
        assert policies == [POLICY], path
        assert "style" not in names
        assert all(a.get("src") for tag, a in page.found if tag == "script"), path
        assert not [a for _, a in page.found if "style" in a or any(key.startswith("on") for key in a)], path


def test_no_page_asks_anybody_for_anything(files):
    for path, page in pages(files).items():
        asked = [a.get("src") or a.get("href") for tag, a in page.found if tag in {"img", "script", "link", "use"}]
        assert all(not re.match(r"[a-z]+:|//", address) for address in asked if address), path


def test_every_link_leads_to_a_file_of_the_report(files):
    for path, page in pages(files).items():
        ids = {a["id"] for _, a in page.found if "id" in a}
        for tag, attributes in page.found:
            address = attributes.get("href") if tag in {"a", "link"} else attributes.get("src")
            if not address:
                continue
            target, _, place = address.partition("#")
            if not target:
                assert place in ids, (path, address)
                continue
            parts = path.split("/")[:-1]
            for step in target.split("/"):
                parts = parts[:-1] if step == ".." else [*parts, step]
            assert "/".join(parts) in files, (path, address)


def test_a_page_has_one_first_heading_its_language_and_its_landmarks(files):
    for path, page in pages(files).items():
        if path == "index.html":
            continue
        names = [tag for tag, _ in page.found]
        assert [a["lang"] for tag, a in page.found if tag == "html"] == [path.split("/")[0]]
        assert names.count("h1") == names.count("main") == 1
        levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        first = next(a for tag, a in page.found if tag == "a")
        assert first["href"] == "#content"


def test_a_goal_without_a_measure_that_decides_has_a_card_that_says_so(tmp_path):
    import duckdb

    database = published(tmp_path)
    with duckdb.connect(database) as con:
        con.execute("update published.goal_scorecard set is_primary = false where goal_id = 'safety'")
        con.execute("update published.goal_verdict set reasons = 'no_primary_kpi' where goal_id = 'safety'")
    assert "The evidence does not allow a verdict: no measure decides." in made(database)["en/index.html"].decode()


def test_the_first_page_with_all_it_needs_is_below_300_kilobytes(files):
    assert (
        sum(len(content) for path, content in files.items() if path.startswith("assets/")) + len(files["sv/index.html"])
        < 300_000
    )


def test_no_text_becomes_markup_or_a_formula(tmp_path):
    plain = made(published(tmp_path / "plain", goals={f"g{n}": "Mål" for n in range(len(ALL))}))
    hostile = made(published(tmp_path / "hostile", goals={f"g{n}": text for n, text in enumerate(ALL)}, label=ALL[0]))
    assert plain.keys() == hostile.keys()
    for path in plain:
        if path.endswith(".html"):
            ours, theirs = Elements(plain[path].decode()), Elements(hostile[path].decode())
            assert [(tag, sorted(a)) for tag, a in theirs.found] == [(tag, sorted(a)) for tag, a in ours.found], path
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e\u200b]", hostile[path].decode()), path
        if path.endswith(".csv"):
            cells = [cell for row in csv.reader(hostile[path].decode("utf-8-sig").splitlines()) for cell in row]
            assert not [cell for cell in cells if re.match(r"\s*[=+@\t＝]|\s*-\D", cell)], path
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile["en/index.html"].decode()


def test_the_public_edition_holds_no_figure_of_few_tips_not_even_in_its_source_or_files(tmp_path):
    database = published(tmp_path, tips=9)
    internal, public = made(database), made(database, public=True)
    assert "37%" in internal["en/index.html"].decode()
    for path, content in public.items():
        if path.startswith("assets/"):
            continue
        assert not re.search(r"37%|0\.37", content.decode()), path
    line = next(line for line in public["data/en/scorecard.csv"].decode("utf-8-sig").splitlines() if ",D," in line)
    assert "suppressed" in line


def test_an_edition_says_which_it_is(database, files):
    assert "Internal edition" in files["en/index.html"].decode()
    public = made(database, public=True)["en/index.html"].decode()
    assert "Public edition" in public
    assert "Internal edition" not in public
    assert '<meta name="robots" content="index">' in public


def test_a_report_is_made_again_when_a_figure_changes_and_not_when_only_the_instant_does(tmp_path):
    import duckdb

    database = published(tmp_path)

    def mark():
        with open_hardened(database) as con:
            return made_from(con)

    before = mark()
    with duckdb.connect(database) as con:
        con.execute("update published.goal_scorecard set as_of = as_of + interval 1 hour")
    assert mark() == before
    with duckdb.connect(database) as con:
        con.execute("update published.goal_scorecard set value = 0.81 where goal_id = 'answers'")
    assert mark() != before
