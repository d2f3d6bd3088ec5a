"""`syfte plan --budget`: from the files of a project to a judgement and a piece of advice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run.budgeting import plan_budget
from pipelines.sources.stream import Page
from pipelines.sources.x.streams import POSTS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "goals.yaml"
ACCOUNTS = 'accounts: [{platform: x, id: "42", unit: a}, {platform: x, id: "43", unit: a, closed_at: 2026-01-01}]\n'


@pytest.fixture
def project(tmp_path):
    """X with one open account, read once a day."""
    env = ["SYFTE_NOW=2026-11-20T12:00:00Z", "SYFTE_X__ENABLED=true", "SYFTE_X__TOKEN=AAAAtoken0123456789"]
    (tmp_path / ".env").write_text("\n".join([*env, "SYFTE_X__SCHEDULE=10d:1d"]) + "\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    return Project(tmp_path)


def credit(project, budgets, **more):
    text = EXAMPLE.read_text(encoding="utf-8") + ACCOUNTS + f"budgets: {budgets}\n"
    project.goals_path.write_text(text, encoding="utf-8")
    return next(row for row in plan_budget(project, runs_per_day=1, **more) if row.allowance == "credit")


def test_a_month_within_its_cap_fits(project):
    row = credit(project, "{x: {usd_per_month: 4}}")
    # two posts a day, of which twenty are young enough, and the account
    assert (row.accounts, row.observed, row.per_day) == (1, 0, 0.11)
    assert (row.per_month, row.limit, row.judgement, row.advice) == (3.41, 4, "fits", "")


def test_a_cap_that_would_be_passed_says_when_and_what_to_change(project):
    row = credit(project, "{x: {usd_per_month: 1}}", default_posts_per_day=3.0)
    assert row.judgement == "too much"
    assert row.advice.startswith("used up after 6 days of the month")
    assert "SYFTE_X__SCHEDULE" in row.advice


def test_money_without_a_cap_is_said(project):
    assert credit(project, "{}").judgement == "no cap"


def test_what_landed_is_believed_before_the_assumption(project):
    page = Page(
        stream=POSTS, account_id="x:42", rows=[b'{"id":"1"}'] * 15, fetched_at=NOW, complete=True,
        window=(datetime(2026, 11, 10, 12, tzinfo=UTC), NOW),
    )  # fmt: skip
    with Landing(project.landing_dir).writer("20261120T120000000000Z-aaaaaa") as writer:
        writer.add(page)
    row = credit(project, "{}")
    assert (row.observed, row.posts_per_day, row.per_day) == (1, 1.5, 0.085)
