"""A run makes the report, and a report that cannot be made spoils no run."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.run import reporting
from tests.integration.projects import plain_project, syfte


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example's goals, and nothing read: every verdict lacks its evidence."""
    folder = plain_project(tmp_path_factory.mktemp("report"))
    done = syfte(folder, "run", "--no-pull")
    assert done.returncode == 0, done.stderr
    assert f"The report is {folder / 'data' / 'published' / 'report' / 'index.html'}." in done.stderr
    return folder


def read(project, *parts):
    return project.joinpath("data", "published", *parts).read_text(encoding="utf-8")


def test_a_run_makes_both_editions_in_both_languages(project):
    for edition in ("report", "report-public"):
        assert "It cannot be told whether the purposes are served." in read(project, edition, "en", "index.html")
        assert "Det går inte att säga om syftena är uppfyllda." in read(project, edition, "sv", "index.html")
    assert "Internal edition" in read(project, "report", "en", "index.html")
    assert "Public edition" in read(project, "report-public", "en", "index.html")


def test_what_was_not_read_is_a_word_and_no_number(project):
    html = read(project, "report", "en", "index.html")
    assert html.count('class="card insufficient_evidence"') == 5
    assert 'class="number">0' not in html


def test_a_report_is_not_made_again_when_nothing_has_changed(project):
    before = (project / "data" / "published" / "report").stat().st_ino
    done = syfte(project, "report")
    assert done.returncode == 0, done.stderr
    assert "Nothing has changed" in done.stderr
    assert (project / "data" / "published" / "report").stat().st_ino == before


def test_it_opens_in_the_persons_browser_and_says_where_it_is_if_there_is_none(project, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    done = syfte(project, "report", "--open", BROWSER=f"{browser} %s")
    assert done.returncode == 0, done.stderr
    page = project / "data" / "published" / "report" / "index.html"
    assert (tmp_path / "opened").read_text(encoding="utf-8").strip() == page.as_uri()
    told = syfte(project, "report", "--open", BROWSER="", PATH=str(tmp_path))
    assert told.returncode == 0
    assert "No browser could be started" in told.stderr


def test_a_report_goes_to_a_folder_of_its_own_and_over_nothing_else(project, tmp_path):
    done = syfte(project, "report", "--public", "--to", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "site" / "index.html")
    assert "Offentlig utgåva" in (tmp_path / "site" / "sv" / "index.html").read_text(encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    refused = syfte(project, "report", "--to", tmp_path / "mine")
    assert refused.returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_report_that_cannot_be_written_ends_the_run_with_code_12_after_publishing(project):
    """A file lies where the pages are written first."""
    published = project / "data" / "published"
    database = (published / "syfte.duckdb").stat().st_mtime_ns
    kept = read(project, "report", "sv", "index.html")
    (project / "data" / "reports.json").unlink()
    (published / ".report.new").write_text("", encoding="utf-8")
    try:
        done = syfte(project, "run", "--no-pull")
    finally:
        (published / ".report.new").unlink()
    assert done.returncode == 12, done.stderr
    assert "The report cannot be written" in done.stderr
    assert (published / "syfte.duckdb").stat().st_mtime_ns > database
    assert read(project, "report", "sv", "index.html") == kept
    with duckdb.connect(published / "syfte.duckdb", read_only=True) as con:
        assert con.sql("select count(*) from published.goal_verdict").fetchall() == [(5,)]


def test_without_the_extra_a_run_says_so_in_one_line_and_the_command_how_to_get_it(project, monkeypatch):
    from pipelines.errors import ConfigurationError
    from pipelines.project import Project

    monkeypatch.setattr(reporting, "_NEEDS", ("vl_convert_that_is_not_there",))
    told = []
    assert reporting.report_after_run(Project(project), on_event=told.append) == ([], None)
    assert [(event.kind, "syfte[report]" in (event.detail or "")) for event in told] == [("warning", True)]
    with pytest.raises(ConfigurationError, match="is not installed"):
        reporting.report(Project(project))


def test_a_print_without_a_browser_says_what_to_install(project, tmp_path, monkeypatch):
    from pipelines.errors import ReportError
    from pipelines.project import Project

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReportError) as found:
        reporting.report(Project(project), editions=["report"], to=tmp_path / "site", pdf=True)
    assert "apt-get install chromium" in (found.value.do or "")
