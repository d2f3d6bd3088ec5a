"""Help and docs from the commands themselves: `python -m pipelines.cli.documentation` writes both."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import typer

from pipelines.cli.program import app

HELP = Path(__file__).parent / "help"
DOCS = Path(__file__).parents[2] / "docs" / "commands.md"

_TOP = """\
# Commands

<!-- Written by `python -m pipelines.cli.documentation`; a test fails when it is not current. -->

For the person at the terminal. Data goes to stdout, progress and notes to stderr; bars are drawn only on a terminal,
colours only there and without `NO_COLOR`. Every error says what happened, where, and what to do; the exit codes are in
[errors.md](errors.md).

`--project DIR` and `--verbose` may stand before or after the command. Without `--project` the project is the nearest
folder upwards that holds `goals.yaml`.
"""


def help_of(*command: str) -> str:
    """The help text of the program, or of one of its commands."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        app([*command, "--help"], prog_name="syfte", standalone_mode=False)
    return "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines()) + "\n"


def commands() -> list[str]:
    """Names of the commands, in the order of the help; those of a group with the group's name: `tags sample`."""
    names: list[str] = []
    for name, command in typer.main.get_group(app).commands.items():
        names.append(name)
        names += [f"{name} {inner}" for inner in getattr(command, "commands", {})]
    return names


def help_files() -> dict[str, str]:
    """File name -> text, for `pipelines/cli/help/`."""
    return {
        "syfte.txt": help_of(),
        **{f"syfte-{'-'.join(name.split())}.txt": help_of(*name.split()) for name in commands()},
    }


def commands_page() -> str:
    """The text of docs/commands.md."""
    parts = [_TOP, f"```\n{help_of()}```\n"]
    parts += [f"## syfte {name}\n\n```\n{help_of(*name.split())}```\n" for name in commands()]
    return "\n".join(parts)


def main() -> None:
    """Write the help files and the page."""
    HELP.mkdir(exist_ok=True)
    for name, text in help_files().items():
        (HELP / name).write_text(text, encoding="utf-8")
    DOCS.write_text(commands_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
