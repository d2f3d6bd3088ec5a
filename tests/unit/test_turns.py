"""What a pull asks for by its schedule: over a simulated wire, decided by the landing alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import msgspec
import pytest

from pipelines.budget import SqliteLedger
from pipelines.errors import SourceError
from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.settings import Settings
from pipelines.sources.allowance import BudgetError
from pipelines.sources.base import Account, PullPlan

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = Account(account_id="x:42", platform="x", native_id="42", unit_id="north")
POSTS = {"data": [{"id": str(n), "text": "Hej"} for n in range(3)], "meta": {"result_count": 3}}


class Wire:
    """X with three posts, at a clock to be set."""

    def __init__(self):
        self.now = NOW
        self.fails = False
        self.asked: list[tuple[str, str | None]] = []

    def __call__(self, request):
        self.asked.append((request.url.path, request.url.params.get("start_time")))
        body = POSTS if request.url.path.endswith("/tweets") else {"data": {"id": "42"}}
        if self.fails and body is POSTS:
            return httpx.Response(400, content=b'{"title": "Invalid Request"}')
        date = {"Date": format_datetime(self.now, usegmt=True)}
        return httpx.Response(200, content=msgspec.json.encode(body), headers=date)


def ask(tmp_path, wire, *, ledger=None, **more):
    """Pull what is due at the wire's clock: the report, and what was asked."""
    wire.asked.clear()
    settings = Settings(project_dir=tmp_path, now=wire.now, x={"enabled": True, "token": "AAAAtoken0123456789"})
    plan = PullPlan(now=wire.now, post_window_days=28, **more)
    report = pull(
        settings, [ACCOUNT], Landing(tmp_path / "landing"), plan=plan, due_only=True, ledger=ledger,
        transport=httpx.MockTransport(wire),
    )  # fmt: skip
    report.raise_for_errors()
    return report, [(path.rpartition("/")[2], since) for path, since in wire.asked]


def test_a_day_of_pulls_asks_for_old_posts_once(tmp_path):
    wire = Wire()
    assert ask(tmp_path, wire)[1] == [("42", None), ("tweets", "2026-10-21T12:00:00Z")]
    report, asked = ask(tmp_path, wire)
    assert (asked, report.skipped) == ([], {"x:42": "nothing is due before 2026-11-20 12:54 UTC"})
    wire.now = NOW + timedelta(hours=1)
    assert ask(tmp_path, wire)[1] == [("tweets", "2026-11-19T13:00:00Z")]
    wire.now = NOW + timedelta(hours=23)
    assert ask(tmp_path, wire)[1] == [("42", None), ("tweets", "2026-11-14T11:00:00Z")]


def test_an_account_that_was_not_read_to_its_end_is_due_again_at_once(tmp_path):
    wire = Wire()
    ask(tmp_path, wire)
    wire.now, wire.fails = NOW + timedelta(days=1), True
    with pytest.raises(SourceError):
        ask(tmp_path, wire)
    wire.fails = False
    assert ask(tmp_path, wire)[1] == [("42", None), ("tweets", "2026-11-14T12:00:00Z")]
    assert ask(tmp_path, wire)[1] == []


def test_a_young_pull_leaves_the_account_alone(tmp_path):
    wire = Wire()
    ask(tmp_path, wire)
    wire.now = NOW + timedelta(days=2)
    assert ask(tmp_path, wire, young_only_hours=48)[1] == [("tweets", "2026-11-21T12:00:00Z")]


def test_what_is_asked_is_counted(tmp_path):
    with SqliteLedger(tmp_path / "budget.sqlite", today=lambda: NOW) as ledger:
        ask(tmp_path, Wire(), ledger=ledger)
        counted = {one.name: round(one.used, 4) for one in ledger.standings()}
    assert counted == {"accounts": 1, "posts of an account": 1, "credit": 0.025}


def test_a_cap_stops_its_source_with_exit_code_7_and_the_others_go_on(tmp_path):
    def play(request):
        path = request.url.path
        if "graph" in request.url.host:
            body = {"data": [], "paging": {}} if path.rpartition("/")[2] != "1" else {"id": "1", "fan_count": 5}
        else:
            body = POSTS if path.endswith("/tweets") else {"data": {"id": path.rpartition("/")[2]}}
        return httpx.Response(200, content=msgspec.json.encode(body))

    settings = Settings(
        project_dir=tmp_path, now=NOW, facebook_pages={"token": "EAAtoken0123456789"},
        x={"enabled": True, "token": "AAAAtoken0123456789"},
    )  # fmt: skip
    page = Account(account_id="facebook:1", platform="facebook", native_id="1", unit_id="north")
    caps = {("x", "credit"): 0.1}
    with SqliteLedger(tmp_path / "budget.sqlite", caps=caps, today=lambda: NOW) as ledger:
        report = pull(
            settings, [ACCOUNT, page], Landing(tmp_path / "landing"), due_only=True, ledger=ledger,
            transport=httpx.MockTransport(play),
        )  # fmt: skip
        spent = next(one.used for one in ledger.standings() if one.name == "credit")
    assert {result.account_id for result in report.results if result.complete} == {"facebook:1"}
    [error] = report.errors
    assert isinstance(error, BudgetError)
    assert (error.exit_code, error.where) == (7, "goals.yaml, budgets")
    assert spent == 0.010  # the account's own figures fitted; a page of posts might have cost 0.5
