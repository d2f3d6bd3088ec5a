"""Words on the terminal: safe whatever they hold, coloured only where a person sees them. Data goes elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from pipelines.plain_text import safe

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from pipelines.errors import SyfteError


def console(stream: TextIO) -> Console:
    """A console on a stream: colours only on a terminal and without NO_COLOR, no markup, no wrapping in files."""
    from rich.console import Console  # noqa: PLC0415  # 60 ms

    made = Console(file=stream, highlight=False, markup=False, emoji=False)
    if made.no_color or not made.is_terminal:
        wide = None if made.is_terminal else 100_000
        return Console(file=stream, highlight=False, markup=False, emoji=False, color_system=None, width=wide)
    return made


def print_table(table: RenderableType, stream: TextIO) -> None:
    """A table on a stream; in files and pipes without the spaces that fill its last column."""
    out = console(stream)
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    stream.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def note(text: str) -> None:
    """One line for the person, on stderr; not data."""
    sys.stderr.write(f"{safe(text)}\n")
    sys.stderr.flush()


def complain(error: SyfteError) -> None:
    """Print an error's three parts on stderr, in red where colours are shown."""
    text = safe(str(error), keep="\n")
    if not sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
        return
    from rich.text import Text  # noqa: PLC0415

    what, newline, rest = text.partition("\n")
    console(sys.stderr).print(Text.assemble((what, "bold red"), newline + rest), soft_wrap=True)
