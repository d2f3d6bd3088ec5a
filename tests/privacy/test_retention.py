"""Age takes what its class says and nothing that a KPI of today rests on; nothing official goes without a decision."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta

import duckdb
import pytest

from pipelines.errors import ConfigurationError, UsageError
from pipelines.events import Event
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run import archive_export, erase, purge, run_project
from pipelines.run.replaying import replayed
from pipelines.run.retaining import rules
from pipelines.sources.mastodon.streams import POSTS as MASTODON_POSTS
from tests.byte_search import ByteSearch
from tests.privacy import planted
from tests.privacy.planted import FACEBOOK, MASTODON, NOW, Planted

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


def replay_warnings(project: Project) -> list[str]:
    said: list[Event] = []
    with replayed(project, NOW, on_event=said.append):
        pass
    return [one.detail for one in said if (one.kind, one.name) == ("warning", "replay")]


def test_a_replay_says_how_many_rows_of_how_many_pages_went_since(project):
    assert replay_warnings(project) == []
    later(project, 1)
    planted.land(project, NOW + timedelta(days=1), 30)  # not known then: what goes of it does not count
    done = erase(project, "post", [FACEBOOK], reason="disposal", decision="Dnr 2")
    assert sum(sum(swap.rows.values()) for swap in done.erasure.swaps) == 7
    [said] = replay_warnings(project)
    # the post and a comment beneath it were read twice; the coders' sheet was drawn after the publication
    assert said.startswith("4 rows of 4 pages that were known then have been erased or gone by age since")
    with duckdb.connect(project.published_db, read_only=True) as con:
        assert con.execute("select count(*) from published.post where post_id = ?", [FACEBOOK]).fetchall() == [(0,)]


def card(project: Project) -> list[tuple[object, ...]]:
    with duckdb.connect(project.published_db, read_only=True) as con:
        return con.execute("select * exclude (as_of) from published.goal_scorecard order by all").fetchall()


@pytest.mark.promise("P2")
def test_the_text_of_a_post_that_mastodon_deleted_goes_by_itself_and_no_figure_with_it(project, before, figure):
    text = project.goals_path.read_text(encoding="utf-8") + DECIDED % "not_needed"
    project.goals_path.write_text(text, encoding="utf-8")
    for days in (1, 2):  # two whole listings come without it
        at = NOW + timedelta(days=days)
        with Landing(project.landing_dir).writer(Landing.new_run_id(at)) as writer:
            writer.add(planted._page(MASTODON_POSTS, "mastodon:7@s.example", [], at))
    later(project, 2)
    run_project(project, pull=False)
    asked = "select native_metric, observed_at, value from marts.fct_post_snapshot where post_id = ? order by all"
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        counters = con.execute(asked, [MASTODON]).fetchall()
    figures = card(project)
    assert len([row for row in counters if row[2] is not None]) >= 6
    assert ByteSearch(before.mastodon).tree(project.landing_dir).hits
    told = counts(project, is_trial=True)
    assert {name: n for name, n in told.items() if name.startswith("deleted_posts")}["deleted_posts (mastodon)"] == 1
    assert counts(project) == told
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        assert con.execute(asked, [MASTODON]).fetchall() == counters
    assert card(project) == figures
    hits = ByteSearch(before.mastodon).tree(project.root).hits
    figure("counters of a deleted post that stayed", len(counters))
    figure("places where its text is left", len(hits))
    assert hits == []
    assert ByteSearch(before.post).tree(project.landing_dir).hits  # a post that stands keeps its text
    assert counts(project)["deleted_posts (mastodon)"] == 0


def test_a_class_is_kept_no_longer_than_its_rule_allows(project):
    text = project.goals_path.read_text(encoding="utf-8")
    project.goals_path.write_text(f"{text}\nretention: {{days: {{backups: 90}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="from 1 to 35 days, not 90"):
        rules(project)
    project.goals_path.write_text(f"{text}\nretention: {{days: {{diaries: 9}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no class of data `diaries`"):
        rules(project)
