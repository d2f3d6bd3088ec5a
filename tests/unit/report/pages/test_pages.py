"""All pages: hostile text stays text, both languages say everything, and the words are all there and all used."""

from __future__ import annotations

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

import pipelines.report.pages as package
from pipelines.report.pages.glossary import entries
from pipelines.report.pages.words import written
from pipelines.warehouse.build import load_models
from tests.unit.report.pages.conftest import SCHEMA, insert
from tests.unit.report.pages.making import files, said

DOCS = Path(__file__).parents[4] / "docs"

SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(package.__file__).parent.glob("*.py"))


def test_the_tables_of_these_tests_have_the_columns_of_the_models():
    con = duckdb.connect()
    con.execute(SCHEMA.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for table, column in con.sql(
        "select table_name, column_name from duckdb_columns() where schema_name = 'published' order by column_index"
    ).fetchall():
        found.setdefault(table, []).append(column)
    models = load_models()
    assert found == {table: list(models[f"published.{table}"].contract.columns) for table in found}


class Outline(HTMLParser):
    """Headings, ids, links and tables of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append((tag, told))
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if told.get("id"):
            self.ids.append(str(told["id"]))


@pytest.fixture
def every(con) -> dict[str, str]:
    insert(con, "post", {"post_id": "x:9", "account_id": "x:3", "platform": "x", "unit_id": "u1"})
    return {
        path: text
        for lang in ("sv", "en")
        for public in (False, True)
        for path, text in files(con, lang=lang, public=public).items()
    }


def test_text_from_the_tables_is_text_on_the_page_and_in_the_files(every):
    for path, text in every.items():
        if path.endswith(".html"):
            assert "<script>alert" not in text, path
            assert "<img" not in text, path
        assert "\u202e" not in text, path
        assert not re.search(r"(^|,|;)=1\+1", text), path
    assert [path for path, text in every.items() if "&lt;script&gt;alert(1)" in text]


def test_headings_are_in_order_ids_are_unique_and_tables_have_captions_and_scopes(every):
    for path, text in every.items():
        if not path.endswith(".html"):
            continue
        page = Outline()
        page.feed(text)
        assert page.levels[0] == 1, path
        assert page.levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:], strict=False)), (
            path,
            page.levels,
        )
        assert len(page.ids) == len(set(page.ids)), path
        names = [tag for tag, _ in page.tags]
        assert names.count("table") == names.count("caption"), path
        assert all("scope" in told for tag, told in page.tags if tag == "th"), path
        assert all(told.get("aria-labelledby") in page.ids for tag, told in page.tags if tag == "section"), path
        local = [
            str(told["href"])[1:] for tag, told in page.tags if tag == "a" and str(told.get("href")).startswith("#")
        ]
        assert [place for place in local if place not in page.ids] == [], path
        assert not [told for _, told in page.tags if "style" in told or any(name.startswith("on") for name in told)], (
            path
        )


def test_links_between_pages_lead_to_places_that_are_there(every):
    for path, text in every.items():
        for href, place in re.findall(r'href="([a-zA-Z0-9_-]+\.html)(?:#([^"]+))?"', text):
            if href == "index.html":
                continue
            target = f"{path.split('/')[0]}/{href}"
            assert target in every, (path, href)
            assert not place or f'id="{place}"' in every[target], (path, href, place)


def test_both_languages_have_the_same_pages_and_neither_speaks_the_others(every):
    of = {lang: {path[3:] for path in every if path.startswith(f"{lang}/")} for lang in ("sv", "en")}
    assert of["sv"] == of["en"]
    for path in of["en"]:
        assert not re.search(r"\b(och|inte|mått)\b", said(every[f"en/{path}"])), path


def leaves(table, before=""):
    for key, value in table.items():
        if set(value) == {"sv", "en"}:
            yield before + key, value
        else:
            yield from leaves(value, f"{before}{key}.")


def test_every_word_is_in_both_languages_with_the_same_blanks():
    for key, both in leaves(written("words")):
        blanks = [{name for _, name, _, _ in string.Formatter().parse(both[lang]) if name} for lang in ("sv", "en")]
        assert both["sv"].strip(), key
        assert both["en"].strip(), key
        assert blanks[0] == blanks[1], key


def test_every_sentence_is_said_somewhere():
    codes = {
        "state",
        "unit",
        "metric",
        "measure",
        "above",
        "below",
        "grade",
        "how",
        "method_of_match",
        "left_out",
        "speaks_of",
        "grain",
        "reading",
        "scope",
        "severity",
        "certainty",
        "why",
        "platform",
        "source",
        "media",
    }
    built = re.compile(
        r"goal\.(guardrail_)?(met|not_met)|goal\.course_(month|week)|tips\.(documented|touched|incremental)_text"
        r"|tips\.rung_[0-4](_text)?|tips\.rung_name_[23]|posts\.(top|typical|acts_per_1000_contacts)"
        r"|tips\.(staggered_adoption|randomised_posting|staggered_links|interrupted_time_series)"
    )
    unused = [
        key
        for key, _ in leaves(written("words"))
        if key.split(".")[0] not in codes
        and f'"{key}"' not in SOURCES
        and f'"{key.split(".")[1]}"' not in SOURCES
        and not built.fullmatch(key)
    ]
    assert unused == []


def test_the_glossary_of_the_docs_has_the_same_words_with_the_same_meaning():
    lines = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [
        tuple(line[2:-2].split(" | ", 1)) for line in lines if line.startswith("| ") and not line.startswith("| word")
    ]
    assert rows == [(entry["word_en"], entry["meaning_en"]) for entry in written("glossary")["entry"]]


def test_swedish_words_stand_in_swedish_order():
    words = [str(word).lower() for word, _ in entries("sv")]
    assert words.index("vägning") > words.index("vädjan")
    assert words.index("ytterligare tips") > words.index("vägning")


def test_every_question_is_asked_and_none_is_asked_that_has_no_answer():
    report = Path(package.__file__).parents[1]
    asked = {
        name
        for path in report.rglob("*.py")
        for name in re.findall(r'\bask\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert asked == {path.stem for path in (report / "queries").glob("*.sql")}
