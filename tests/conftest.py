"""How hard the tests try, and what they measured (see `tests/promises.py`)."""

from __future__ import annotations

import gc
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from pipelines.cli import RARELY
from tests.promises import PROMISES

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_FIGURE = "figure: "


@dataclass(frozen=True)
class Chaos:
    """How hard a test tries, and from which seed it draws.

    Args:
        full: the long form, as `make chaos` runs it; False for the short one of `make test`.
        seed: of everything drawn by chance.
    """

    full: bool
    seed: int

    def pick(self, *, short: T, full: T) -> T:
        """One value for the short form, another for the full one."""
        return full if self.full else short

    def needs(self, program: str) -> str:
        """Path of a program from outside of Python; without it the test is skipped, or fails where it must not be."""
        found = shutil.which(program)
        if found:
            return found
        if os.environ.get("REQUIRE_CHAOS"):
            pytest.fail(f"{program} is not installed, and REQUIRE_CHAOS is set")
        pytest.skip(f"{program} is not installed")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("promises")
    group.addoption("--chaos", choices=("short", "full"), default="short", help="how hard the promises are tried")
    group.addoption("--seed", type=int, default=20260301, help="of everything that is drawn by chance")
    group.addoption("--fuzz-seconds", type=int, default=0, help="of all fuzzing together; 0 leaves it to --chaos")
    group.addoption("--figures", type=Path, help="file to which each test of a promise appends what it measured")


def pytest_itemcollected(item: pytest.Item) -> None:
    for mark in item.iter_markers("promise"):
        for name in mark.args:
            if name not in PROMISES:
                raise pytest.UsageError(f"{item.nodeid}: {name} is no promise of tests/promises.py")
            item.user_properties.append(("promise", name))


class _Figures:
    """Appends a line per test of a promise; with several processes the one that gathers their reports writes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        names = [value for key, value in report.user_properties if key == "promise"]
        if not names or (report.when != "call" and report.outcome == "passed"):
            return
        line = {
            "promises": names,
            "test": report.nodeid,
            "outcome": "xfailed" if hasattr(report, "wasxfail") else report.outcome,
            "reason": _reason(report),
            "figures": [
                [key.removeprefix(_FIGURE), value] for key, value in report.user_properties if key.startswith(_FIGURE)
            ],
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped, or what is known not to hold."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    return report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""


def pytest_configure(config: pytest.Config) -> None:
    # as the command does: at Python's own rate a fifth of a run in this process would be looking for cycles
    gc.set_threshold(*RARELY)
    path = config.getoption("--figures")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Figures(path))


@pytest.fixture(scope="session")
def chaos(request: pytest.FixtureRequest) -> Chaos:
    """How hard to try."""
    return Chaos(full=request.config.getoption("--chaos") == "full", seed=request.config.getoption("--seed"))


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, float | str], None]:
    """`figure("kills", 200)`: what a test of a promise measured.

    Over the tests of a promise, whole numbers of one name are added, of other numbers the largest is told.
    """

    def tell(name: str, value: float | str) -> None:
        record_property(f"{_FIGURE}{name}", value)

    return tell
