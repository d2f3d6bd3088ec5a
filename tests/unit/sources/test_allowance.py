"""Allowances: which period an instant falls in, and what a request costs."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from pipelines.sources.allowance import Allowance, BudgetError, Cost


@pytest.mark.parametrize(
    ("period", "zone", "now", "window"),
    [
        ("minute", "UTC", "2026-11-20T10:59:59", ("2026-11-20T10:59:00", "2026-11-20T11:00:00")),
        ("five_minutes", "UTC", "2026-11-20T10:59:59", ("2026-11-20T10:55:00", "2026-11-20T11:00:00")),
        ("quarter_hour", "UTC", "2026-11-20T10:59:59", ("2026-11-20T10:45:00", "2026-11-20T11:00:00")),
        ("hour", "UTC", "2026-11-20T10:59:59", ("2026-11-20T10:00:00", "2026-11-20T11:00:00")),
        ("day", "UTC", "2026-11-20T23:59:59", ("2026-11-20T00:00:00", "2026-11-21T00:00:00")),
        # the United States leave summer time on 2026-11-01: that Pacific day has 25 hours
        ("day", "America/Los_Angeles", "2026-11-02T07:59:59", ("2026-11-01T07:00:00", "2026-11-02T08:00:00")),
        ("day", "America/Los_Angeles", "2026-11-02T08:00:00", ("2026-11-02T08:00:00", "2026-11-03T08:00:00")),
        ("month", "UTC", "2026-12-31T23:59:59", ("2026-12-01T00:00:00", "2027-01-01T00:00:00")),
    ],
)
def test_window_of_an_instant(period: str, zone: str, now: str, window: tuple[str, str]):
    allowance = Allowance(name="any", period=period, zone=zone)  # pyright: ignore[reportArgumentType]  # parametrised text
    start, end = allowance.window(_utc(now))
    assert (start, end) == (_utc(window[0]), _utc(window[1]))


def test_cost_is_for_asking_and_for_what_comes():
    credit = Allowance(name="credit", period="month", unit="USD")
    assert Cost(credit, per_object=0.005).of(100) == pytest.approx(0.5)
    assert Cost(credit, per_request=0.005).of(100) == 0.005


def test_error_keeps_its_kind_between_processes():
    kept = pickle.dumps(BudgetError("used up", seconds=60.0, where="there", do="wait"))
    said = pickle.loads(kept)  # noqa: S301  # our own bytes, as Dagster carries them
    assert (type(said), said.seconds, said.do, said.exit_code) == (BudgetError, 60.0, "wait", 7)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
