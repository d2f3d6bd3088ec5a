"""Caps of goals.yaml, and how every allowance stands: by our count, by the platform's headers, by its refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError
from pipelines.goals import load_goals
from pipelines.project import Project
from pipelines.run.allowances import allowance_rows, open_ledger
from pipelines.run.quotas import keep_quotas
from pipelines.settings import Settings
from pipelines.sources.linkedin.streams import COST
from pipelines.sources.outcomes import Quota
from pipelines.sources.x.streams import POSTS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "goals.yaml"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def settings(tmp_path):
    return Settings(
        project_dir=tmp_path, now=NOW, x={"enabled": True, "token": "AAAAtoken0123"}, linkedin={"token": "AQXtoken012"}
    )


def goals(project, budgets):
    text = EXAMPLE.read_text(encoding="utf-8")
    project.goals_path.write_text(text.replace("goals:\n", f"budgets: {budgets}\ngoals:\n", 1), encoding="utf-8")
    return load_goals(project.goals_path)


def rows(project, found, settings):
    return {(row.source, row.name): row for row in allowance_rows(project, found, settings)}


def test_money_is_counted_against_the_cap(project, settings):
    found = goals(project, "{x: {usd_per_month: 50}}")
    with open_ledger(project, found, settings) as ledger:
        ledger.settle(ledger.reserve("x", "", POSTS.cost, 100), 40)
    row = rows(project, found, settings)["x", "credit"]
    assert (row.used, row.limit, row.unit, row.known_from) == (0.2, 50, "USD", "counted")
    assert (row.resets_at, row.note) == (datetime(2026, 12, 1, tzinfo=UTC), "the cap in goals.yaml")


def test_a_header_is_believed_before_our_own_count_while_its_window_lasts(project, settings):
    found = goals(project, "{}")
    name = POSTS.cost[0].allowance.name
    reading = Quota(source="x", name=name, used_ratio=0.5, observed_at=NOW, resets_at=NOW + timedelta(minutes=9))
    keep_quotas(project.data, [reading])
    row = rows(project, found, settings)["x", name]
    assert (row.used, row.limit, row.known_from, row.resets_at) == (450, 900, "header", NOW + timedelta(minutes=9))
    later = settings.model_copy(update={"now": NOW + timedelta(hours=1)})
    assert rows(project, found, later)["x", name].known_from == "counted"


def test_what_only_a_header_tells_is_a_percentage(project, settings):
    keep_quotas(project.data, [Quota(source="facebook_pages", name="x-app-usage", used_ratio=0.28, observed_at=NOW)])
    row = rows(project, goals(project, "{}"), settings)["facebook_pages", "x-app-usage"]
    assert (row.used, row.limit, row.unit, row.resets_at) == (28.0, 100, "percent", None)


def test_a_limit_that_nobody_publishes_is_known_from_the_refusal(project, settings):
    found = goals(project, "{}")
    with open_ledger(project, found, settings) as ledger:
        for _ in range(3):
            ledger.settle(ledger.reserve("linkedin", "", COST, 0), 0)
        before = rows(project, found, settings)["linkedin", "requests"]
        ledger.close("linkedin", "", COST, "HTTP 429")
    assert (before.used, before.limit, before.known_from) == (3, None, "counted")
    row = rows(project, found, settings)["linkedin", "requests"]
    assert (row.used, row.limit, row.known_from) == (3, 3, "refusal")
    assert row.resets_at == datetime(2026, 11, 21, 0, 5, tzinfo=UTC)


def test_a_budget_for_what_the_platform_does_not_count_is_refused(project, settings):
    with pytest.raises(ConfigurationError, match="counts nothing in USD per month"):
        allowance_rows(project, goals(project, "{linkedin: {usd_per_month: 5}}"), settings)
