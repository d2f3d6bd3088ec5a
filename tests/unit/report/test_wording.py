"""The report's texts: the same keys in both languages, each used, and numbers and days as the language writes them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from pipelines.report.wording import Wording, texts

REPORT = Path(__file__).parents[3] / "pipelines" / "report"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_values():
    sv, en = texts("sv"), texts("en")
    assert sv.keys() == en.keys()
    assert {key: fields(text) for key, text in sv.items()} == {key: fields(text) for key, text in en.items()}


def test_no_text_is_empty_or_the_same_in_both_languages_unless_it_is_a_name():
    same = {key for key, text in texts("sv").items() if text == texts("en")[key]}
    assert all(texts(lang)[key].strip() for lang in ("sv", "en") for key in texts(lang))
    assert {key for key in same if not key.startswith(("source.", "month."))} == set()


def test_every_text_is_used_somewhere():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in REPORT.rglob("*") if path.suffix in {".py", ".j2"})
    # a key that ends with a value, such as f"why.{side}", uses its whole section
    whole = set(re.findall(r"""["']([a-z_]+)\.(?:["']\s*~|\{)""", sources))
    unused = [key for key in texts("sv") if f'"{key}"' not in sources and f"'{key}'" not in sources]
    assert [key for key in unused if key.split(".")[0] not in whole] == []


@pytest.mark.parametrize(
    ("lang", "count", "share", "figure", "span"),
    [
        ("sv", "62\u202f468", "97\u00a0%", "79,8\u00a0%", "78,2–81,3\u00a0%"),
        ("en", "62,468", "97%", "79.8%", "78.2–81.3%"),
    ],
)
def test_numbers_are_written_in_the_manner_of_the_language(lang, count, share, figure, span):
    say = Wording(lang)
    assert say.count(62468) == count
    assert say.share(0.97) == share
    assert say.figure(0.798, "share") == figure
    assert say.span(0.782, 0.813, "share") == span


def test_a_share_is_never_rounded_up_to_all_or_down_to_nothing():
    say = Wording("en")
    assert [say.share(value) for value in (0, 0.001, 0.999, 1)] == ["0%", "1%", "99%", "100%"]


@pytest.mark.parametrize(
    ("first", "last", "sv"),
    [
        ((2025, 1, 1), (2025, 12, 31), "2025"),
        ((2025, 3, 1), (2025, 3, 31), "mars\u00a02025"),
        ((2025, 1, 1), (2025, 3, 31), "januari–mars\u00a02025"),
        ((2025, 1, 5), (2025, 3, 3), "5\u00a0januari\u00a02025–3\u00a0mars\u00a02025"),
        ((2024, 2, 1), (2025, 1, 31), "1\u00a0februari\u00a02024–31\u00a0januari\u00a02025"),
    ],
)
def test_a_period_is_said_as_short_as_it_can_be(first, last, sv):
    assert Wording("sv").days(dt.date(*first), dt.date(*last)) == sv


def test_an_instant_is_told_on_the_organisations_clocks():
    instant = dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)
    zone = ZoneInfo("Europe/Stockholm")
    assert Wording("sv").instant(instant, zone) == "1\u00a0januari\u00a02026 kl. 00.30"
    assert Wording("en").instant(instant, zone) == "1\u00a0January\u00a02026, 00:30"
