"""The process of one harness: `python -m tests.fuzz.process HARNESS FOLDER [options of libFuzzer]`.

A harness is a module of this folder with
- `check(data)`: its law, which raises whatever is no documented error,
- `corpus()`: inputs to begin with, made by code,
- `WORDS`: what inputs are made of.
Only the parsers are instrumented: what they import is not ours to try, and would make the start slow.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import atheris

PARSERS = [
    "pipelines.goals",
    "pipelines.landing",
    "pipelines.quality.own",
    "pipelines.quality.queries",
    *(
        f"pipelines.sources.{name}"
        for name in ("bodies", "comments", "files", "graph", "outcomes", "salvage", "setting_aside", "stream")
    ),
    *(
        f"pipelines.sources.{name}"
        for name in ("verbatim", "bluesky", "linkedin", "mastodon", "tiktok", "tips", "x", "youtube")
    ),
]


def main() -> None:
    """Make the corpus and begin; libFuzzer ends the process."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    with atheris.instrument_imports(include=PARSERS, enable_loader_override=False):
        harness = import_module(f"tests.fuzz.{name}")
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for place, data in enumerate(harness.corpus()):
        (corpus / f"{place:04}").write_bytes(data)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in harness.WORDS), encoding="ascii")
    atheris.Setup([sys.argv[0], f"-dict={words}", *sys.argv[3:]], harness.check)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
