"""Age takes what its class says and nothing that a KPI of today rests on; nothing official goes without a decision."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest

from pipelines.errors import ConfigurationError, UsageError
from pipelines.events import Event
from pipelines.landing import Landing
from pipelines.landing.erasures import Erasures
from pipelines.project import Project
from pipelines.run import archive_export, erase, import_files, purge, run_project
from pipelines.run.purging import _until
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


def decide(project: Project, archive: str) -> None:
    with project.goals_path.open("a", encoding="utf-8") as file:
        file.write(DECIDED % archive)


def import_tips(project: Project, folder, *ids: str) -> None:
    """Tips of January 2022, of which 26 months are over."""
    folder.mkdir()
    rows = "".join(f"{one},2022-01-{day:02}T10:00:00Z,u,web\n" for day, one in enumerate(ids, start=3))
    (folder / "tips.csv").write_text(f"tip_id,received_at,unit_id,channel\n{rows}", encoding="utf-8")
    import_files(project, [folder])


class Killed(BaseException):
    """The process is gone."""


def test_a_purge_that_is_killed_and_run_again_counts_every_tip_of_a_week_once(project, tmp_path, monkeypatch):
    decide(project, "not_needed")
    import_tips(project, tmp_path / "first", "a", "b")  # no run has built them
    written = Erasures.write

    def until_rewritten(log, erasure):
        if erasure.state == "rewritten":
            raise Killed
        written(log, erasure)

    monkeypatch.setattr(Erasures, "write", until_rewritten)
    with pytest.raises(Killed):
        purge(project)
    monkeypatch.undo()
    import_tips(project, tmp_path / "second", "c")
    later(project, 1)
    purge(project)
    weeks = pl.read_parquet(project.landing_dir / "tip_weeks" / "*.parquet")
    assert weeks.group_by("week_start", "unit_id").agg(pl.col("tips").sum()).rows() == [(date(2022, 1, 3), "u", 3)]
    assert counts(project, is_trial=True)["tip_rows"] == 0


def test_what_was_imported_after_an_export_is_not_purged_before_the_next(project, tmp_path):
    decide(project, "required")
    import_tips(project, tmp_path / "first", "a")  # no run has built it
    done = archive_export(project, tmp_path / "bag")
    assert [json.loads(line)["tip_id"] for line in (done.folder / "data/tip_rows.jsonl").read_text().splitlines()] == [
        "a"
    ]
    assert counts(project, is_trial=True)["tip_rows"] == 1
    import_tips(project, tmp_path / "second", "b")
    [kept] = [one for one in purge(project) if one.name == "tip_rows"]
    assert kept.count == 0
    assert "imported after the last export" in kept.kept_because
    archive_export(project, tmp_path / "bag_2")
    assert counts(project)["tip_rows"] == 2


def test_what_a_restore_set_aside_goes_by_decision_alone_and_after_its_own_time(project):
    aside = project.data / "set_aside" / "20250801T000000000000Z"
    shutil.copytree(project.landing_dir, aside / "data" / "landing")
    of_old = time.time() - 60 * 86400  # files are aged by the machine's clock
    os.utime(aside, (of_old, of_old))

    def told() -> tuple[int, str]:
        [one] = [one for one in purge(project) if one.name == "set_aside_landing"]
        return one.count, one.kept_because

    assert told() == (0, "")
    os.utime(aside, (of_old - 40 * 86400,) * 2)
    assert "names no decision" in told()[1]
    text = project.goals_path.read_text(encoding="utf-8")
    decide(project, "required")
    assert "look it through" in told()[1]
    project.goals_path.write_text(text, encoding="utf-8")
    decide(project, "not_needed")
    assert aside.exists()
    assert told() == (1, "")
    assert not aside.exists()


def test_content_that_was_refused_goes_by_age_from_what_a_restore_set_aside_too(project, before):
    aside = project.data / "set_aside" / "20250801T000000000000Z" / "data" / "landing"
    shutil.copytree(project.landing_dir, aside)
    later(project, 31)
    purge(project)
    assert ByteSearch(("CANARYREFUSED-0b2",)).tree(project.data).hits == []
    assert ByteSearch(before.post).tree(aside).hits


def test_readings_go_by_whole_months_and_tips_by_whole_weeks(project):
    decide(project, "not_needed")
    text = project.goals_path.read_text(encoding="utf-8")
    project.goals_path.write_text(text.replace("2025-", "2035-").replace("2024-", "2034-"), encoding="utf-8")
    by_name = {rule.name: rule for rule in rules(project)}
    found = {name: set() for name in ("tip_rows", "raw_snapshots", "comment_authors")}
    for day in range(59):  # January and February 2030, seen from 26 months later
        for name, limits in found.items():
            now = datetime(2030, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) + by_name[name].keep
            until = _until(project, by_name[name], now)
            assert timedelta(days=-7) <= now - by_name[name].keep - until < timedelta(days=32)
            limits.add(until)
    assert [len(limits) for limits in found.values()] == [9, 2, 59]


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
def test_the_text_of_a_post_that_mastodon_deleted_goes_by_itself_and_no_figure_with_it(
    project, before, tmp_path, figure
):
    decide(project, "required")
    for days in (1, 2):  # two whole listings come without it
        at = NOW + timedelta(days=days)
        with Landing(project.landing_dir).writer(Landing.new_run_id(at)) as writer:
            writer.add(planted._page(MASTODON_POSTS, "mastodon:7@s.example", [], at))
    later(project, 2)
    run_project(project, pull=False, report=False)
    asked = "select native_metric, observed_at, value from marts.fct_post_snapshot where post_id = ? order by all"
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        counters = con.execute(asked, [MASTODON]).fetchall()
    figures = card(project)
    assert len([row for row in counters if row[2] is not None]) >= 6
    assert ByteSearch(before.mastodon).tree(project.landing_dir).hits
    [kept] = [one for one in purge(project) if one.name == "deleted_posts (mastodon)"]
    assert (kept.count, kept.kept_because.partition(":")[0]) == (0, "1 posts are not archived yet")
    bag = archive_export(project, tmp_path / "bag").folder
    assert "CANARYMASTODON-18c" in (bag / "data" / "posts.jsonl").read_text(encoding="utf-8")
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
