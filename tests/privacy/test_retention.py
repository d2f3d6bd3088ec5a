"""Age takes what its class says and nothing that a KPI of today rests on; nothing official goes without a decision."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta

import duckdb
import pytest

from pipelines.errors import ConfigurationError, UsageError
from pipelines.project import Project
from pipelines.run import archive_export, erase, purge
from pipelines.run.retaining import rules
from tests.privacy import planted
from tests.privacy.planted import FACEBOOK, NOW, Planted

DECIDED = "\nretention: {decision: 'Dnr 2026-17', archive: %s}\n"


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Planted:
    return planted.plant(tmp_path_factory.mktemp("planted") / "project")


@pytest.fixture
def project(before, tmp_path) -> Project:
    return Project(shutil.copytree(before.project.root, tmp_path / "project"))


def later(project: Project, days: int) -> None:
    """Move the project's clock forward."""
    env = project.root / ".env"
    env.write_text(env.read_text().replace(NOW.isoformat(), (NOW + timedelta(days=days)).isoformat()))


def counts(project: Project, **more: bool) -> dict[str, int]:
    return {one.name: one.count for one in purge(project, **more)}


def test_the_hashes_of_authors_go_after_13_months_and_refused_content_after_30_days(project):
    later(project, 397)
    told = counts(project, is_trial=True)
    assert told["comment_authors"] > 0
    assert told["quarantine_content"] > 0
    assert counts(project) == told
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        assert con.execute("select count(*), count(author) from marts.fct_comment").fetchall() == [(3, 0)]
        assert con.execute("select count(*), count(content) from raw.quarantine").fetchall()[0][1] == 0
    assert counts(project, is_trial=True)["quarantine_content"] == 0


def test_readings_of_a_period_that_is_judged_stay_however_old_and_go_once_it_is_not(project):
    text = project.goals_path.read_text(encoding="utf-8") + DECIDED % "not_needed"
    project.goals_path.write_text(text, encoding="utf-8")
    later(project, 1400)
    assert counts(project, is_trial=True)["raw_snapshots"] == 0
    later_goals = text.replace("2025-", "2029-").replace("2024-", "2028-")
    project.goals_path.write_text(later_goals, encoding="utf-8")
    assert counts(project)["raw_snapshots"] > 0
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        left = con.execute(
            "select count(distinct observed_at), max(value) from marts.fct_post_snapshot "
            "where post_id = ? and native_metric = 'reactions'",
            [FACEBOOK],
        ).fetchall()
        assert con.execute("select text from marts.dim_post where post_id = ?", [FACEBOOK]).fetchall() != [(None,)]
    assert left == [(1, 14)]  # the last reading stays, and so does the post


def test_nothing_official_goes_without_a_decision_or_before_it_is_archived(project, tmp_path):
    later(project, 1400)
    kept = {one.name: one.kept_because for one in purge(project, is_trial=True)}
    assert "no decision" in kept["raw_snapshots"]
    project.goals_path.write_text(
        project.goals_path.read_text(encoding="utf-8") + DECIDED % "required", encoding="utf-8"
    )
    assert "not archived" in {one.name: one.kept_because for one in purge(project, is_trial=True)}["tip_rows"]
    archive_export(project, tmp_path / "due")
    assert not {one.name: one.kept_because for one in purge(project, is_trial=True)}.get("tip_rows")


def test_a_post_is_erased_only_after_an_export_whose_checksums_hold(project, tmp_path):
    why = {"reason": "disposal", "decision": "Dnr 1", "needs_archive": True}
    with pytest.raises(UsageError, match="official document"):
        erase(project, "post", [FACEBOOK], **why)
    done = archive_export(project, tmp_path / "bag", posts=(FACEBOOK,))
    [post] = [json.loads(line) for line in (done.folder / "data" / "posts.jsonl").read_text().splitlines()]
    assert post["post_id"] == FACEBOOK
    assert post["text"] == planted.TEXT
    assert done.rows["post_readings"] > 0
    for line in (done.folder / "manifest-sha512.txt").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha512((done.folder / name).read_bytes()).hexdigest() == digest
    assert "author" not in (done.folder / "data" / "comments.columns.csv").read_text()
    erase(project, "post", [FACEBOOK], is_trial=True, **why)
    with pytest.raises(UsageError, match="not empty"):
        archive_export(project, tmp_path / "bag", posts=(FACEBOOK,))


def test_a_class_is_kept_no_longer_than_its_rule_allows(project):
    text = project.goals_path.read_text(encoding="utf-8")
    project.goals_path.write_text(f"{text}\nretention: {{days: {{backups: 90}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="from 1 to 35 days, not 90"):
        rules(project)
    project.goals_path.write_text(f"{text}\nretention: {{days: {{diaries: 9}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no class of data `diaries`"):
        rules(project)
