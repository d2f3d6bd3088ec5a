"""The pages' own words in both languages, from `words.toml`; codes that `pipelines.wording` knows are its to say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.report.lexicon import Lexicon

if TYPE_CHECKING:
    from pipelines.wording import Language

_FILES = {name: Lexicon(Path(__file__).with_name(f"{name}.toml")) for name in ("words", "glossary")}

say, named = _FILES["words"].say, _FILES["words"].named


def written(name: str) -> dict[str, Any]:
    """A file of words beside this one."""
    return _FILES[name].words


def described(section: str, code: str | None, lang: Language) -> str:
    """What we have to say of a code; nothing where that is nothing."""
    known = written("words")[section].get(code)
    return str(known[lang]) if known else ""


def listed(section: str, codes: str | None, lang: Language) -> str:
    """Codes joined by commas, in words."""
    return ", ".join(named(section, code.strip(), lang) for code in (codes or "").split(",") if code.strip())
