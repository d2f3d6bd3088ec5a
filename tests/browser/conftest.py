"""A real browser, Debian's Chromium, and reports of real runs to open in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import ReportError
from pipelines.project import Project
from pipelines.report import paper
from pipelines.run import import_files, run_project
from pipelines.run.demonstration import write_environment, write_goals
from pipelines.run.reporting import Edition, report
from pipelines.sandbox import World, project_config, write_canonical
from tests.integration.projects import plain_project
from tests.security.hostile_project import hostile_project

WIDTHS = {"phone": (390, 844), "laptop": (1280, 800), "wall": (1920, 1080)}
EDITIONS: dict[str, Edition] = {"internal": "report", "public": "report-public"}
VARIANTS = tuple(EDITIONS)


def chromium() -> str:
    """Where it is; without it the tests are skipped, or fail where REQUIRE_BROWSER is set."""
    try:
        return paper.browser()
    except ReportError as error:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(f"{error.what} And REQUIRE_BROWSER is set.")
        pytest.skip(error.what)


@pytest.fixture(scope="module")
def browser():
    """Chromium, started once a file: while its driver runs, nothing else in this thread can run an event loop."""
    program = chromium()
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield started
        started.close()


LEFT = "net::ERR_ABORTED"
"""What becomes of a request whose page is left before it is answered."""


@dataclass
class Seen:
    """What a page did that nobody sees.

    Args:
        said: errors and warnings on its console, and dialogs it opened.
        asked: addresses it asked for.
        failed: of those, what did not come.
    """

    said: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])


@pytest.fixture
def opened(browser):
    """Opens files: `opened(path, **options of the context)` gives the page and what it did; closes them at the end."""
    contexts = []

    def opening(path: Path, *, width: str = "laptop", **options):
        wide, high = WIDTHS[width] if width in WIDTHS else (int(width), 800)
        context = browser.new_context(viewport={"width": wide, "height": high}, **options)
        contexts.append(context)
        page, seen = context.new_page(), Seen()
        page.on("console", lambda m: seen.said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: seen.said.append(str(e)))
        page.on("dialog", lambda d: (seen.said.append(f"dialog {d.message}"), d.dismiss()))
        page.on("request", lambda r: seen.asked.append(r.url))
        page.on("requestfailed", lambda r: None if r.failure == LEFT else seen.failed.append(f"{r.url} {r.failure}"))
        page.goto(path.as_uri())
        return page, seen

    yield opening
    for context in contexts:
        context.close()


@dataclass(frozen=True)
class Site:
    """A report as it lies on the disk."""

    root: Path

    @property
    def pages(self) -> list[Path]:
        """Every page of it."""
        return sorted(self.root.rglob("*.html"))

    def first(self, lang: str) -> Path:
        """The page a language begins with."""
        return self.root / lang / "index.html"


@pytest.fixture(scope="session")
def sites(tmp_path_factory) -> dict[str, Site]:
    """Both variants of the report of a small world's whole study: all goals, units, tips and surveys."""
    chromium()
    folder = tmp_path_factory.mktemp("world")
    world = World(7, scale=0.1)
    config = project_config(world, "http://localhost", ["facebook"])
    project = Project(plain_project(folder / "project"))
    write_goals(project, config)
    now = datetime(2026, 3, 2, 5, tzinfo=UTC)
    write_environment(project, config, now)
    write_canonical(world, folder / "history", until=now)
    import_files(project, [folder / "history"])
    run_project(project, pull=False, report=False)
    return _both(project, folder)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> dict[str, Site]:
    """Both variants of a report whose every label, name and text is hostile."""
    chromium()
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYFTE_NOW", "2026-02-01T09:00:00Z")
        project, _ = hostile_project(folder)
        return _both(project, folder)


def _both(project: Project, folder: Path) -> dict[str, Site]:
    found = {}
    for variant in VARIANTS:
        report(project, editions=(EDITIONS[variant],), to=folder / variant)
        found[variant] = Site(folder / variant)
    return found
