"""`syfte run` against the sandbox's YouTube: posts, figures, days and comments are the world's at the clock's time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import PACIFIC, midnight, seconds
from pipelines.sandbox.conversation import TEXTS
from tests.integration.projects import sandbox_project, syfte

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
SINCE = timedelta(days=28)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=7, scale=0.1)


@pytest.fixture(scope="module")
def ran(world, tmp_path_factory) -> Path:
    """A project that was run twice, two days apart."""
    with running_sandbox(world, clock=SandboxClock(NOW), page_cap=7) as sandbox:
        config = project_config(world, sandbox.url, ("youtube",), comments=True)
        project = sandbox_project(tmp_path_factory.mktemp("youtube") / "project", config, NOW)
        for moment in (NOW, LATER):
            sandbox.set_clock(moment)
            done = syfte(project, "run", "--no-report", SYFTE_NOW=moment.isoformat())
            assert done.returncode == 0, done.stderr
    return project


def asked(project: Path, question: str) -> list[tuple]:
    with duckdb.connect(project / "data" / "warehouse.duckdb", read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return con.execute(question).fetchall()


def listed(elsewhere, moment):
    """Numbers of the videos that a pull at a moment finds."""
    return [
        number
        for account in elsewhere.accounts
        if account.platform == "youtube"
        for number in elsewhere.standing(account.number, seconds(moment))
        if elsewhere.post(number).published_at >= moment - SINCE
    ]


def test_every_young_video_has_the_worlds_figures_and_a_hidden_one_is_not_nought(world, ran):
    elsewhere = world.elsewhere
    truth = {
        (elsewhere.post(number).post_id, metric, moment): elsewhere.post_metrics(number, moment).get(metric)
        for moment in (NOW, LATER)
        for number in listed(elsewhere, moment)
        for metric in ("viewCount", "likeCount", "commentCount")
    }
    read = asked(ran, "select post_id, native_metric, observed_at, value, status from marts.fct_post_snapshot")
    assert {row[:3]: row[3] for row in read} == truth
    assert None in truth.values()
    assert {(row[3] is None, row[4]) for row in read} == {(True, "not_offered"), (False, "ok")}


def test_a_video_is_what_it_says_and_as_long_as_it_is(world, ran):
    elsewhere = world.elsewhere
    numbers = {number for moment in (NOW, LATER) for number in listed(elsewhere, moment)}
    read = asked(ran, "select post_id, published_at, text, media_type from marts.dim_post")
    assert {row[0]: row[1] for row in read} == {
        elsewhere.post(n).post_id: elsewhere.post(n).published_at for n in numbers
    }
    for number in numbers:
        post = elsewhere.post(number)
        (row,) = [row for row in read if row[0] == post.post_id]
        last = LATER if elsewhere.stands(number, seconds(LATER)) else NOW
        assert row[2].endswith(post.text_at(last))
        assert row[3] == ("short" if post.is_short else "video")


def test_the_days_are_the_worlds_corrected_and_without_the_last_ones(world, ran):
    elsewhere = world.elsewhere
    read = asked(ran, "select account_id, native_metric, local_date, day_zone, value from marts.fct_account_figure")
    days = [row for row in read if row[3] == "America/Los_Angeles"]
    assert max(row[2] for row in days) == date(2026, 1, 4)  # in California it is the evening of the 6th
    for account_id, metric, day, _, value in days:
        if metric == "averageViewDuration":
            continue
        account = elsewhere.accounts_by_native_id["youtube", account_id.removeprefix("youtube:")]
        edges = [midnight(day, PACIFIC), midnight(day + timedelta(days=1), PACIFIC)]
        assert value == elsewhere.series(account.number, metric, _array(edges), seconds(LATER))[0], (metric, day)
    assert len(days) > 2 * 9 * 50


def test_a_channels_figures_are_the_worlds(world, ran):
    elsewhere = world.elsewhere
    read = asked(ran, "select account_id, native_metric, observed_at, value from staging.stg_youtube__account_readings")
    assert {row[:3]: row[3] for row in read} == {
        (account.account_id, metric, moment): value
        for account in elsewhere.accounts
        if account.platform == "youtube"
        for moment in (NOW, LATER)
        for metric, value in elsewhere.account_metrics(account.number, moment).items()
    }


def test_questions_meet_their_answers_and_no_word_of_them_is_kept(world, ran):
    elsewhere = world.elsewhere
    since = LATER - timedelta(days=14)
    young = [n for n in listed(elsewhere, LATER) if elsewhere.post(n).published_at >= since]
    said = [c for n in young for c in elsewhere.comments_of(n, seconds(LATER))]
    newest = f"seen_at = timestamptz '{LATER.isoformat()}'"
    read = asked(ran, f"select comment_id, is_ours, kind from marts.fct_comment where {newest}")
    assert {row[0]: row[1] for row in read} == {f"youtube:{c.native_id}": c.is_ours for c in said}
    assert any(row[1] for row in read)
    questions = {f"youtube:{c.native_id}" for c in said if c.kind == "question" and not c.is_ours}
    assert questions <= {row[0] for row in read if row[2] == "question"}
    answers = {c.root for c in said if c.is_ours}
    answered = asked(ran, "select interaction_id from marts.fct_interaction where answered_at is not null")
    assert {f"youtube:{c.native_id}" for c in said if c.number in answers} <= {row[0] for row in answered}
    for path in (ran / "data" / "landing").rglob("*"):
        assert not path.is_file() or all(text.encode() not in path.read_bytes() for text in TEXTS["question"])


def _array(edges):
    import numpy as np

    return np.array(edges, dtype=np.int64)
