"""Files of words with both languages side by side: `key = { sv = "…", en = "…" }`, in sections."""

from __future__ import annotations

import tomllib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipelines import wording

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.wording import Language


class Lexicon:
    """One such file, read when it is first asked.

    Args:
        path: a TOML file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def words(self) -> dict[str, Any]:
        """Section -> key -> language -> text."""
        return tomllib.loads(self._path.read_text(encoding="utf-8"))

    def say(self, key: str, lang: Language, **values: object) -> str:
        """A word or sentence by its key, such as `state.missing`, with values for what stands in braces.

        Raises:
            KeyError: there is no such key; codes that may be new to us go through `named`.
        """
        section, _, name = key.partition(".")
        return str(self.words[section][name][lang]).format(**values)

    def named(self, section: str, code: str | None, lang: Language) -> str:
        """A code of the published tables in words: ours, else `pipelines.wording`'s, else as it is."""
        if not code:
            return ""
        known = self.words.get(section, {}).get(code)
        return str(known[lang]) if known else wording.word(code, lang)
