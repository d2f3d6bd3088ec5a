"""The intake of tips: its days, its words, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from pipelines.sandbox.clock import SandboxClock
from pipelines.sandbox.server import make_sandbox
from tests.unit.sandbox.asking import NOW, ask, refused


def tips_of(sandbox, first, end, now=NOW, limit=100):
    rows, cursor = [], {}
    while True:
        body = ask(sandbox, "/tips/v1/tips", token=sandbox.served.tokens.tips, now=now,
                   **{"from": first, "to": end, "limit": limit}, **cursor).body  # fmt: skip
        rows += body["data"]
        if body["next_cursor"] is None:
            return rows, body["complete"]
        assert not body["complete"]
        cursor = {"cursor": body["next_cursor"]}


def test_the_intake_gives_each_tip_of_a_local_day_once_and_says_that_the_day_is_over(sandbox, world):
    rows, complete = tips_of(sandbox, "2025-03-30", "2025-03-31")
    start, end = 1743289200, 1743372000  # the day of 23 hours
    inside = (world.tips.received >= start) & (world.tips.received < end)
    assert complete
    assert [row["tip_id"] for row in rows] == [world.tips.tip_ids[n] for n in np.flatnonzero(inside)]
    assert set(rows[0]) == {
        "tip_id", "received_hour", "unit", "channel", "ref_code", "appeal_id", "heard_via", "disposition",
    }  # fmt: skip
    assert all(row["received_hour"].endswith(":00:00Z") for row in rows)


def test_a_day_that_is_not_over_is_not_complete_and_has_no_tip_of_the_running_hour(sandbox):
    now = datetime(2025, 3, 10, 12, 30, tzinfo=UTC)
    rows, complete = tips_of(sandbox, "2025-03-10", "2025-03-11", now=now)
    assert not complete
    assert rows
    assert max(row["received_hour"] for row in rows) <= "2025-03-10T11:00:00Z"


def test_the_intake_refuses_a_wrong_token_and_wrong_dates(sandbox):
    token = sandbox.served.tokens.tips
    assert refused(sandbox, "/tips/v1/tips", token="x", **{"from": "2025-01-01", "to": "2025-01-02"}).status == 401
    for query in ({"from": "2025-01-02", "to": "2025-01-02"}, {"from": "1/2/25", "to": "2025-01-02"}, {}):
        assert refused(sandbox, "/tips/v1/tips", token=token, **query).status == 400


def test_fields_nobody_asked_for_hold_canaries_only_behind_the_switch(world):
    loud = make_sandbox(world, clock=SandboxClock(NOW), tips_extra_fields=True)
    rows, _ = tips_of(loud, "2025-03-10", "2025-03-11")
    assert all(row["free_text"].startswith("CANARY-") for row in rows)
