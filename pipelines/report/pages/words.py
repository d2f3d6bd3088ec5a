"""The pages' own words in both languages, from `words.toml`; codes that `pipelines.wording` knows are its to say."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import wording

if TYPE_CHECKING:
    from pipelines.report.charts.chart import Language

_FOLDER = Path(__file__).parent


@cache
def written(name: str) -> dict[str, Any]:
    """A file of words beside this one."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def say(key: str, lang: Language, **values: object) -> str:
    """A word or sentence by its key, such as `goal.missing`, with values for what stands in braces.

    Raises:
        KeyError: there is no such key; codes that may be new to us go through `named`.
    """
    section, _, name = key.partition(".")
    return str(written("words")[section][name][lang]).format(**values)


def named(section: str, code: str | None, lang: Language) -> str:
    """A code of the published tables in words: ours, else `pipelines.wording`'s, else the code without underscores."""
    if not code:
        return ""
    known = written("words").get(section, {}).get(code)
    return str(known[lang]) if known else wording.word(code, lang)


def described(section: str, code: str | None, lang: Language) -> str:
    """What we have to say of a code; nothing where that is nothing."""
    known = written("words")[section].get(code)
    return str(known[lang]) if known else ""


def listed(section: str, codes: str | None, lang: Language) -> str:
    """Codes joined by commas, in words."""
    return ", ".join(named(section, code.strip(), lang) for code in (codes or "").split(",") if code.strip())
