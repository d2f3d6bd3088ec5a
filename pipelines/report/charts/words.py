"""The charts' own words in both languages, from `words.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.report.charts.chart import Language

_FILE = Path(__file__).with_name("words.toml")


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def say(key: str, lang: Language, **values: object) -> str:
    """A word or sentence by its key, such as `state.missing`, with values for what stands in braces.

    Raises:
        KeyError: there is no such key; codes that may be new to us go through `said`.
    """
    section, _, name = key.partition(".")
    return _words()[section][name][lang].format(**values)


def said(section: str, code: str | None, lang: Language) -> str:
    """A code of the published tables in words; an unknown one is shown as it is, never hidden; nothing for none."""
    if not code:
        return ""
    known = _words()[section].get(code)
    return code.replace("_", " ") if known is None else known[lang]
