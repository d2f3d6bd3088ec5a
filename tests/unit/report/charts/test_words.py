"""The charts' words: both languages have them all, and each is used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from pipelines.report.charts.words import said, say

HERE = Path("pipelines/report/charts")
WORDS = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))
CODES = {"state", "verdict", "position", "read", "reason", "remark"}
"""Sections whose keys are codes of the published tables, looked up by what the data say."""


def test_every_word_is_there_in_both_languages_with_the_same_places_for_values():
    for section, words in WORDS.items():
        for key, both in words.items():
            assert set(both) == {"sv", "en"}, f"{section}.{key}"
            places = {lang: set(re.findall(r"\{(\w+)\}", text)) for lang, text in both.items()}
            assert places["sv"] == places["en"], f"{section}.{key}"


def test_every_key_is_asked_for_somewhere_and_every_key_asked_for_is_there():
    source = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("*.py"))
    keys = {f"{section}.{key}" for section, words in WORDS.items() if section not in CODES for key in words}
    asked = set(re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', source)) & {
        f"{section}.{rest}" for section in WORDS for rest in re.findall(rf'"{section}\.([a-z_0-9]+)"', source)
    }
    patterns = [
        re.compile(re.sub(r"\\\{\w+\\\}", "[a-z_0-9]+", re.escape(found)))
        for found in re.findall(r'f"([a-z]+\.\{\w+\})"', source)
    ]
    unused = {key for key in keys - asked if not any(pattern.fullmatch(key) for pattern in patterns)}
    assert unused == set()
    assert {key for key in asked if key.split(".")[0] not in CODES} - keys == set()


def test_an_unknown_code_is_shown_and_never_hidden():
    assert said("state", "brand_new", "sv") == "brand new"
    assert said("state", None, "sv") == ""
    with pytest.raises(KeyError):
        say("state.brand_new", "sv")
