"""Whose posts lose their text because their owner never gave leave to keep it: those that a key alone reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipelines.project import Project
from pipelines.run.retaining import rules
from pipelines.run.withdrawing import withdrawn
from tests.integration.projects import plain_project
from tests.spec.tables import load

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def con():
    with duckdb.connect() as found:
        found.execute("set timezone = 'UTC'; create schema marts")
        load(
            found,
            "marts.dim_post",
            "post_id, platform, text",
            "post | platform | text\n-\nyoutube:old | youtube | Film\nyoutube:new | youtube | Film\nx:old | x | Text",
        )
        load(
            found,
            "marts.fct_post_snapshot",
            "post_id, observed_at",
            "post | at\n-\nyoutube:old | 2026-01-01 09:00:00Z\nyoutube:new | 2026-01-31 09:00:00Z\n"
            "x:old | 2026-01-01 09:00:00Z",
        )
        yield found


@pytest.mark.parametrize(
    ("setting", "gone"),
    [
        ("API_KEY=key-of-the-project-1", ["youtube:old"]),
        ("TOKEN=token-of-the-owner-1", []),
        ('TOKENS={"UC1": "token-of-the-owner-1"}', []),
        ("REFRESH_TOKEN=token-of-the-owner-1", []),
        ('REFRESH_TOKENS={"UC1": "token-of-the-owner-1"}', []),
    ],
)
def test_a_channel_read_with_any_token_of_its_owner_is_authorised_and_one_read_with_a_key_is_not(
    con, tmp_path, monkeypatch, setting, gone
):
    monkeypatch.setenv("SYFTE_NOW", NOW.isoformat())
    name, _, value = setting.partition("=")
    monkeypatch.setenv(f"SYFTE_YOUTUBE__{name}", value)
    project = Project(plain_project(tmp_path / "p"))
    [rule] = [one for one in rules(project) if one.name == "unauthorised"]
    assert rule.keep == timedelta(days=30)
    assert withdrawn(con, project, rule, NOW - rule.keep) == gone
