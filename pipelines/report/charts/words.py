"""The charts' own words in both languages, from `words.toml`; what `pipelines.wording` knows is its to say."""

from __future__ import annotations

from pathlib import Path

from pipelines.report.lexicon import Lexicon

_WORDS = Lexicon(Path(__file__).with_name("words.toml"))

say, said = _WORDS.say, _WORDS.named
