"""P2: what is erased is nowhere any more, in no byte of the project, and a row without content says that it was."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass

import duckdb
import polars as pl
import pytest

from pipelines.backups import BackupPlace, place_of
from pipelines.errors import BusyError, UsageError
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run import backup, erase, reporting, restore, run_project
from pipelines.run.erasing import Erased, finish_all
from pipelines.run.healing import WarehouseHold
from tests.byte_search import ByteSearch
from tests.privacy import planted
from tests.privacy.planted import COMMENT, FACEBOOK, IMPORTED, MASTODON, NOW, PERSON, Planted

WHY = {"reason": "request", "decision": "Dnr 2026-17"}


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Planted:
    return planted.plant(tmp_path_factory.mktemp("planted") / "project")


@pytest.fixture
def project(before, tmp_path) -> Project:
    return Project(shutil.copytree(before.project.root, tmp_path / "project"))


def hits(project: Project, *needles: str) -> list[str]:
    return ByteSearch(needles).tree(project.root).hits


def card(project: Project) -> list[tuple[object, ...]]:
    with duckdb.connect(project.published_db, read_only=True) as con:
        return con.execute("select * exclude (as_of) from published.goal_scorecard order by all").fetchall()


def test_the_canaries_lie_where_they_are_looked_for(before):
    """Else the searches below would find nothing because nothing was there."""
    needles = (*before.post, *before.mastodon, *before.imported, *before.comment, before.author)
    found = hits(before.project, *needles)
    for needle in needles:
        assert any(repr(needle) in hit for hit in found), needle
    of_the_text = " ".join(hit for hit in found if "CANARYTEXT" in hit)
    for place in ("landing", "warehouse.duckdb", "set_aside", "sheet.csv", ".part"):
        assert place in of_the_text, place


@dataclass(frozen=True)
class Life:
    """A project in which one thing after the other was erased, and what each step found."""

    project: Project
    cards: list[list[tuple[object, ...]]]
    of_the_post: list[list[tuple[object, ...]]]
    searches: list[ByteSearch]
    erased: list[Erased]


@pytest.fixture(scope="module")
def life(before, tmp_path_factory) -> Life:
    """Content of one post; two posts; a person, while the platform answers with all of them again."""
    project = Project(shutil.copytree(before.project.root, tmp_path_factory.mktemp("life") / "project"))
    cards, post = [card(project)], [of_the_post(project)]
    done = [erase(project, "post", [MASTODON], scope="content", **WHY)]
    cards.append(card(project))
    post.append(of_the_post(project))
    searches = [ByteSearch(before.mastodon).tree(project.root)]
    done.append(erase(project, "post", [FACEBOOK, IMPORTED], **WHY))
    gone = (*before.post, *before.mastodon, *before.imported)
    searches.append(ByteSearch(gone).tree(project.root))
    planted.land(project, NOW, 20)
    done.append(erase(project, "author", [f"facebook:{PERSON}"], **WHY))
    searches.append(ByteSearch((*gone, *before.comment, before.author, PERSON)).tree(project.root))
    return Life(project, cards, post, searches, done)


def of_the_post(project: Project) -> list[tuple[object, ...]]:
    """The goals that the post serves, and its figures."""
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        return [
            *con.execute("select goal_id, weight from marts.fct_post_goal where post_id = ?", [MASTODON]).fetchall(),
            *con.execute("select * from marts.fct_post_reading where post_id = ? order by all", [MASTODON]).fetchall(),
        ]


@pytest.mark.promise("P2")
def test_of_what_was_erased_no_byte_is_left_also_when_the_platform_answers_with_it_again(life, figure):
    assert [search.hits for search in life.searches] == [[], [], []]
    figure("canaries erased", len(life.searches[-1].needles))
    figure("bytes searched, packed ones too", sum(search.read + search.unpacked for search in life.searches))
    figure("hits", sum(len(search.hits) for search in life.searches))
    figure("rows erased or blanked", sum(one.erasure.rows + one.erasure.changed for one in life.erased))


def test_pictures_of_a_report_before_go_also_where_no_new_one_is_made(project, monkeypatch):
    monkeypatch.setattr(reporting, "_NEEDS", ("a_library_that_is_not_there",))
    pictures = project.data / "pictures.json"
    pictures.write_text("{}", encoding="utf-8")
    erase(project, "post", [MASTODON], scope="content", **WHY)
    assert not pictures.exists()


@pytest.mark.promise("P2")
def test_a_backup_made_before_brings_nothing_back_nor_does_one_that_lay_elsewhere(life, before, tmp_path, figure):
    project = Project(shutil.copytree(life.project.root, tmp_path / "project"))
    gone = (*before.post, *before.mastodon, *before.imported, *before.comment, before.author)
    elsewhere = shutil.copytree(before.project.root / "backups", tmp_path / "elsewhere")
    assert ByteSearch(gone).tree(elsewhere).hits
    found = []
    for number, place in enumerate((project.root / "backups", elsewhere)):
        restored = restore(project, place=place, to=tmp_path / str(number))
        found += ByteSearch(gone).tree(restored.root / "data" / "landing").hits
        found += ByteSearch(gone).tree(restored.root / "data" / "published" / "syfte.duckdb").hits
    assert not found
    figure("hits in restored backups", len(found))


@pytest.mark.promise("P2")
def test_the_proof_says_when_why_and_how_much_and_not_what(life):
    with duckdb.connect(life.project.published_db, read_only=True) as con:
        proof = con.sql("select * from published.erasure order by erased_at, kind, scope desc").pl()
    assert sorted(zip(proof["kind"], proof["scope"], strict=True)) == [
        ("author", "all"), ("post", "all"), ("post", "content")
    ]  # fmt: skip
    assert set(proof["reason"]) == {"request"}
    assert set(proof["decision"]) == {"Dnr 2026-17"}
    assert ((proof["rows_erased"] + proof["rows_blanked"]) > 0).all()
    assert proof.filter(kind="author")["done_at"].to_list() == [None]  # until the next publication
    assert all(one.erasure.done_at for one in life.erased)


@pytest.mark.promise("P2")
def test_a_post_that_loses_only_its_content_keeps_its_goal_its_figures_and_every_kpi(life):
    assert life.cards[0] == life.cards[1]
    assert life.of_the_post[0] == life.of_the_post[1]
    assert len(life.of_the_post[0]) > 2
    with duckdb.connect(life.project.warehouse_path, read_only=True) as con:
        found = con.execute("select text, permalink from marts.dim_post where post_id = ?", [MASTODON]).fetchall()
    assert [(text or None, permalink) for text, permalink in found] == [(None, None)]


def test_an_answer_to_an_erased_comment_stays_without_naming_it(life):
    with duckdb.connect(life.project.warehouse_path, read_only=True) as con:
        found = con.execute("select comment_id, parent_id from marts.fct_comment order by all").fetchall()
    assert ("facebook:answer_1", None) in found
    assert COMMENT not in [row[0] for row in found]


def test_the_pages_of_the_ledger_say_what_they_hold_now(life):
    with duckdb.connect(life.project.warehouse_path, read_only=True) as con:
        pages = con.sql("select stream, rows_read, rows_stored, rows_duplicate, rows_quarantined from raw.pages").pl()
    assert (pages["rows_read"] == pages["rows_stored"] + pages["rows_duplicate"] + pages["rows_quarantined"]).all()
    assert pages.filter(pl.col("rows_duplicate") < 0).is_empty()


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.promise("P2")
def test_killed_at_any_step_the_next_run_ends_it(project, before, monkeypatch, figure, chaos):
    every = ["intended", "rewritten", "swapped", "built"]
    for moment in chaos.pick(short=[random.Random(chaos.seed).choice(every)], full=every):
        again = Project(shutil.copytree(project.root, project.root.with_name(moment)))
        left = hits_after_a_kill(again, before, monkeypatch, moment)
        assert not left
        figure(f"hits after a kill at `{moment}`", len(left))


def hits_after_a_kill(project: Project, before: Planted, monkeypatch: pytest.MonkeyPatch, moment: str) -> list[str]:
    from pipelines.landing.erasures import Erasures
    from pipelines.run import erasing

    written = Erasures.write

    def die(*_args, **_more):
        raise Killed

    def until(log, erasure):
        written(log, erasure)
        if erasure.state == moment:
            raise Killed

    if moment in ("intended", "rewritten"):
        monkeypatch.setattr(Erasures, "write", until)
    else:
        monkeypatch.setattr(erasing, {"swapped": "finish", "built": "write_anew"}[moment], die)
    with pytest.raises(Killed):
        erase(project, "post", [FACEBOOK], **WHY)
    monkeypatch.undo()
    assert Landing(project.landing_dir).erasures.unfinished()
    if moment == "rewritten":  # a run that knows nothing of it reads the new segments, and no error
        run_project(project, pull=False)
    finish_all(project)
    assert not Landing(project.landing_dir).erasures.unfinished()
    return hits(project, *before.post)


@pytest.mark.promise("P2")
def test_what_a_restore_set_aside_loses_what_is_erased_and_keeps_the_rest(project, before, figure):
    elsewhere = shutil.move(project.root / "backups", project.root.parent / "elsewhere")  # an erasure does not reach it
    planted.land(project, NOW, 30)  # no backup has it
    aside = restore(project, place=elsewhere).set_aside / "data" / "landing"
    newest = Landing(aside).manifests()[-1]
    [torn, *_] = [entry.segment for entry, _ in Landing(aside).entries(Landing(aside).manifests()[0])]
    (aside / torn).write_bytes(b"CANARYTEXT-7f3a9d")  # a damaged landing is why one restores
    said = []
    erase(project, "post", [FACEBOOK], on_event=said.append, **WHY)
    assert any(event.kind == "warning" and "damaged" in event.detail for event in said)
    found = hits(project, *before.post)
    figure("hits where a restore set things aside", len(found))
    assert found == []
    left = Landing(aside)
    stay = {entry.stream: entry.rows for entry, _ in left.entries(newest)}
    assert stay["posts"] == 1
    for entry, _ in left.entries(newest):
        assert left.segment(entry.segment, entry.sha256).exists()
    assert ByteSearch(before.mastodon).tree(aside).hits


@pytest.mark.promise("P2")
def test_nothing_is_backed_up_and_nobody_writes_while_something_is_erased(project, before, figure):
    shutil.rmtree(project.root / "backups")  # the first backup is the one that nobody expects
    refused = []

    def meanwhile(event):
        for attempt in (backup, lambda one: WarehouseHold(one, wait_s=0).take()):
            with pytest.raises(BusyError):
                attempt(project)
            if event.name != "erase" or event.detail != "the landing":
                return  # the warehouse is free between two steps, and a run may use it
        refused.append(event.detail)

    with BackupPlace(place_of(project)).held(), pytest.raises(BusyError, match="backup"):
        erase(project, "post", [FACEBOOK], **WHY)
    assert Landing(project.landing_dir).erasures.all() == []
    erase(project, "post", [FACEBOOK], on_event=meanwhile, **WHY)
    assert refused == ["the landing"]
    backup(project)
    found = hits(project, *before.post)
    figure("hits in a backup made beside an erasure", len(found))
    assert found == []


def test_a_trial_changes_nothing(project):
    stood = {path: path.read_bytes() for path in sorted(project.landing_dir.rglob("*")) if path.is_file()}
    found = erase(project, "post", [FACEBOOK], is_trial=True, **WHY)
    assert found.erasure.rows >= 2
    assert {path: path.read_bytes() for path in sorted(project.landing_dir.rglob("*")) if path.is_file()} == stood


def test_what_nobody_has_read_and_what_is_still_asked_for_is_refused(project):
    with pytest.raises(UsageError, match="Nothing that is kept"):
        erase(project, "post", ["facebook:1_2"], **WHY)
    with pytest.raises(UsageError, match=r"goals\.yaml still asks"):
        erase(project, "account", ["facebook:101"], **WHY)


def test_of_an_erased_account_nothing_is_left(project, before, chaos):
    if not chaos.full:
        pytest.skip("with --chaos full")
    goals = project.goals_path.read_text(encoding="utf-8")
    project.goals_path.write_text(goals.replace("id: '101'", "id: '102'"), encoding="utf-8")
    erase(project, "account", ["facebook:101"], **WHY)
    assert not hits(project, *before.post, *before.comment, before.author, "CANARYIMPORT-55e")
    with duckdb.connect(project.warehouse_path, read_only=True) as con:
        left = con.execute("select distinct platform from marts.dim_post").fetchall()
    assert left == [("mastodon",)]
