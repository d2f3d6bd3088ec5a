"""Answers that need no imports: the help of the program and of each command, and the version."""

from __future__ import annotations

import os

from pipelines import __version__

_FOLDER = os.path.join(os.path.dirname(__file__), "help")  # noqa: PTH118, PTH120  # pathlib costs 5 ms here


def stored_answer(given: list[str]) -> str | None:
    """The answer to a request for help or for the version; None for every other request."""
    match given:
        case [] | ["--help"]:
            return _read("syfte")
        case ["--version"]:
            return f"syfte {__version__}\n"
        case [command, "--help"] if command.isidentifier():
            return _read(f"syfte-{command}")
        case [group, command, "--help"] if group.isidentifier() and command.isidentifier():
            return _read(f"syfte-{group}-{command}")
        case _:
            return None


def _read(name: str) -> str | None:
    try:
        with open(os.path.join(_FOLDER, f"{name}.txt"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            return file.read()
    except FileNotFoundError:
        return None
