"""Told once per channel: from a published file, goals.yaml and settings to a webhook, and what is remembered of it."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.errors import ConfigurationError, SourceError, StorageError
from pipelines.locks import held
from pipelines.project import Project
from pipelines.run.notifying import notify, tell_news
from tests.integration.projects import plain_project
from tests.webhook import webhook

TABLES = """
    create schema published;
    create table published.goal_verdict (
        goal_id varchar, label_sv varchar, label_en varchar, verdict varchar, reasons varchar, as_of timestamptz);
    create table published.metric_status (
        platform varchar, scope varchar, native_metric varchar, media_type varchar, not_offered_since timestamptz,
        back_since timestamptz);
    create table published.load_log (source varchar, account_id varchar, fetched_at timestamptz);
    insert into published.goal_verdict values
        ('tips', 'Fler tips', 'More tips', 'met', '', '2026-03-02 05:00Z');
    insert into published.metric_status values
        ('facebook', 'post', 'post_impressions', '', '2026-02-01', null),
        ('facebook', 'post', 'post_clicks', '', '2026-02-01', '2026-02-03');
    insert into published.load_log values
        ('mastodon', 'mastodon:1', '2026-03-02 04:00Z'), ('mastodon', 'mastodon:1', '2026-02-01 04:00Z'),
        ('mastodon', 'mastodon:2', '2026-02-27 04:00Z'), ('mastodon', 'mastodon:3', '2026-01-01 04:00Z');
"""
GOALS_ACCOUNTS = """
accounts:
  - {platform: mastodon, id: "1", unit: Region Nord, handle: a}
  - {platform: mastodon, id: "2", unit: Region Nord, handle: b}
  - {platform: mastodon, id: "3", unit: Region Nord, handle: c, closed_at: 2026-01-02}
  - {platform: mastodon, id: "4", unit: Region Nord, handle: d}
"""


@pytest.fixture
def hook():
    with webhook() as state:
        yield state


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Something was published; one account is stale, one closed, one never read, one fresh."""
    found = Project(plain_project(tmp_path))
    text = found.goals_path.read_text(encoding="utf-8")
    found.goals_path.write_text(text + GOALS_ACCOUNTS, encoding="utf-8")
    found.published_db.parent.mkdir(parents=True)
    with duckdb.connect(found.published_db) as con:
        con.execute("set timezone = 'UTC'")
        con.execute(TABLES)
    monkeypatch.setenv("SYFTE_NOW", "2026-03-02T06:00:00Z")
    monkeypatch.setenv("SYFTE_MASTODON__BASE_URL", "http://127.0.0.1:9")
    return found


@pytest.fixture
def told(project, hook, monkeypatch):
    """The project with a webhook."""
    monkeypatch.setenv("SYFTE_NOTIFY__WEBHOOK", hook["url"])
    monkeypatch.setenv("SYFTE_NOTIFY__LANG", "en")
    return project


def change(project, statement):
    with duckdb.connect(project.published_db) as con:
        con.execute(statement)


def keys(found):
    [digest] = found.digests.values()
    return [notice.key for notice in digest.notices]


FIRST = ["stale:mastodon:mastodon:2", "stale:mastodon:mastodon:4", "metric:facebook:post:post_impressions::2026-02-01"]


def test_what_stands_is_told_once_and_the_first_verdict_not_at_all(told, hook):
    assert keys(notify(told)) == FIRST
    assert keys(notify(told)) == []
    [body] = hook["bodies"]
    assert "mastodon, mastodon:4: has never been read." in body["text"]
    assert "More tips" not in body["text"]


def test_a_changed_verdict_is_told_once(told, hook):
    notify(told)
    change(told, "update published.goal_verdict set verdict = 'not_met'")
    assert keys(notify(told)) == ["verdict:tips:not_met"]
    assert keys(notify(told)) == []
    assert "More tips: the verdict is now “not met”." in hook["bodies"][1]["text"]


def test_a_source_that_was_read_and_is_stale_again_is_told_again(told, hook):
    notify(told)
    change(told, "insert into published.load_log values ('mastodon', 'mastodon:2', '2026-03-02 05:00Z')")
    assert keys(notify(told)) == []
    change(told, "delete from published.load_log where fetched_at = '2026-03-02 05:00Z'")
    assert keys(notify(told)) == ["stale:mastodon:mastodon:2"]
    assert len(hook["bodies"]) == 2


def test_what_could_not_be_sent_is_sent_the_next_time(told, hook):
    hook["status"] = 500
    failed = notify(told)
    assert failed.sent == []
    assert isinstance(failed.errors[0], SourceError)
    hook["status"] = 200
    assert keys(notify(told)) == FIRST
    assert len(hook["bodies"]) == 2


def test_one_channel_that_fails_keeps_no_other_from_it_and_is_not_told_twice(told, hook, monkeypatch):
    for name, value in (("MAIL_TO", "a@b.se"), ("MAIL_FROM", "a@b.se"), ("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", "9")):
        monkeypatch.setenv(f"SYFTE_NOTIFY__{name}", value)
    found = notify(told)
    assert found.sent == ["webhook"]
    assert len(found.errors) == 1
    assert [len(d.notices) for d in notify(told).digests.values()] == [3, 0]
    assert len(hook["bodies"]) == 1


def test_a_trial_sends_and_remembers_nothing(told, hook):
    assert keys(notify(told, is_trial=True)) == FIRST
    assert hook["bodies"] == []
    assert keys(notify(told)) == FIRST


def test_a_trial_needs_no_channel_and_telling_does(project):
    assert keys(notify(project, is_trial=True)) == FIRST
    with pytest.raises(ConfigurationError, match="Nobody"):
        notify(project)


def test_before_anything_is_published_only_tokens_and_versions_are_told(told):
    told.published_db.unlink()
    assert keys(notify(told)) == []


def test_a_damaged_memory_says_what_to_remove(told):
    (told.data / "notices.json").write_text("{")
    with pytest.raises(StorageError, match="cannot be read") as caught:
        notify(told)
    assert "notices.json" in str(caught.value)


def test_after_a_run_a_channel_that_fails_is_a_warning(told, hook):
    hook["status"] = 404
    events = []
    tell_news(told, on_event=events.append)
    assert [event.kind for event in events] == ["warning"]


def test_after_a_run_nobody_is_told_where_nobody_is_to_be_told(project):
    events = []
    tell_news(project, on_event=events.append)
    assert events == []
    assert not (project.data / "notices.json").exists()


def test_two_processes_at_once_tell_it_once(told, hook):
    with held(told.data / "notices.lock", alone=True, wait_s=0, busy="Another one."):
        assert notify(told).digests == {}
    assert hook["bodies"] == []
    assert keys(notify(told)) == FIRST
