"""Google's own client reads the sandbox's YouTube, finds the world's truth, and nothing its documents do not know."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from pipelines.sandbox import SandboxClock, World, running_sandbox
from pipelines.sandbox.calendar import PACIFIC, midnight, seconds
from tests.sdks.environments import run_in

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.1)


def test_googles_client_finds_the_worlds_truth_and_its_documents_know_every_word(world):
    elsewhere = world.elsewhere
    account = next(a for a in elsewhere.accounts if a.platform == "youtube")
    with running_sandbox(world, clock=SandboxClock(NOW), page_cap=9) as sandbox:
        tokens = sandbox.served.tokens
        read = run_in(
            "google", "read_youtube.py", url=sandbox.url, key=tokens.youtube_key, channel=account.native_id,
            token=tokens.accounts["youtube", account.native_id],
        )  # fmt: skip
    assert read["flaws"] == []
    standing = elsewhere.standing(account.number, seconds(NOW))
    assert read["uploads"] == [elsewhere.posts.native_ids[number] for number in standing]
    true = {
        elsewhere.posts.native_ids[number]: {name: str(v) for name, v in elsewhere.post_metrics(number, NOW).items()}
        for number in standing
    }
    assert read["batch"] == true
    assert {name: figures | {"favoriteCount": "0"} for name, figures in true.items()} == read["listed"]
    figures = {name: str(value) for name, value in elsewhere.account_metrics(account.number, NOW).items()}
    assert read["channel"] == figures | {"hiddenSubscriberCount": False}
    assert read["comments"] == {
        c.native_id: elsewhere.posts.native_ids[n] for n in standing for c in elsewhere.comments_of(n, seconds(NOW))
    }
    closed = {
        elsewhere.posts.native_ids[n]: [403, "commentsDisabled"] for n in standing if elsewhere.post(n).hides_comments
    }
    assert read["refusals"] == closed
    days = [date(2025, 12, 1) + timedelta(days=n) for n in range(32)]
    edges = np.array([midnight(day, PACIFIC) for day in days], dtype=np.int64)
    views = elsewhere.series(account.number, "views", edges, seconds(NOW)).tolist()
    assert [row[:2] for row in read["rows"]] == [[d.isoformat(), v] for d, v in zip(days, views, strict=False)]
