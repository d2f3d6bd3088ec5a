"""Platforms of the Graph family over loopback: what is read is what is true in the simulated world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from pipelines.landing import Landing
from pipelines.pull import probe, pull
from pipelines.refusals import RefusalBook
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import instant, seconds
from pipelines.sandbox.stories import FEWEST_VIEWERS, stories_of, story_metrics
from pipelines.settings import Settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.facebook_pages.streams import POST_METRICS
from tests.integration.test_pull_from_sandbox import stored

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLAN = PullPlan(now=NOW, post_window_days=120)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


@pytest.fixture(scope="module")
def threads(world, tmp_path_factory):
    """Both Threads accounts, read once with their comments: report, rows."""
    folder = tmp_path_factory.mktemp("threads")
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        config = project_config(world, sandbox.url, ["threads"])
        settings = Settings(
            project_dir=folder, now=NOW, pseudonym_key=SecretStr("a-key-of-32-characters-for-tests"),
            threads={"base_url": sandbox.url, "tokens": config["tokens"]["threads"], "comments": True},
        )  # fmt: skip
        accounts = [
            Account(account_id=f"threads:{a['native_id']}", platform="threads", native_id=a["native_id"], unit_id="")
            for a in config["accounts"]
        ]
        assert [result.error for result in probe(settings, accounts)] == [None, None]
        landing = Landing(folder / "landing")
        report = pull(settings, accounts, landing, plan=PLAN)
    report.raise_for_errors()
    return report, stored(landing)


def test_every_post_and_metric_of_threads_equals_the_truth(world, threads):
    report, rows = threads
    assert not any(result.rejected for result in report.results)
    elsewhere = world.elsewhere
    true = {
        elsewhere.posts.native_ids[number]: elsewhere.post_metrics(number, NOW)
        for account in elsewhere.accounts
        if account.platform == "threads"
        for number in elsewhere.standing(account.number, seconds(NOW))
    }
    read = {
        row["id"]: {metric["name"]: metric["values"][0]["value"] for metric in row["data"]}
        for row in rows["threads__post_insights"]
    }
    assert len(true) > 40
    assert read == true
    listed = {row["id"]: row["media_type"] for row in rows["threads__posts"]}
    assert {native_id for native_id, kind in listed.items() if kind != "REPOST_FACADE"} == true.keys()
    assert "REPOST_FACADE" in listed.values()


def test_the_account_and_its_days_equal_the_truth(world, threads):
    _, rows = threads
    mine = {a.native_id: a for a in world.elsewhere.accounts if a.platform == "threads"}
    for row in rows["threads__accounts"]:
        assert row["followers_count"] == world.elsewhere.account_metrics(mine[row["id"]].number, NOW)["followers_count"]
    days = [row for row in rows["threads__account_insights"] if row["name"] == "likes"]
    assert len(days) == 2 * 29


def test_every_reply_under_a_young_post_is_read_and_none_of_its_words(world, threads):
    _, rows = threads
    elsewhere, now = world.elsewhere, seconds(NOW)
    true = {
        comment.native_id: (comment.parent_id, comment.is_ours, instant(comment.created_at).isoformat())
        for account in elsewhere.accounts
        if account.platform == "threads"
        for number in elsewhere.standing(account.number, now)
        if elsewhere.posts.published[number] >= seconds(NOW - timedelta(days=14))
        for comment in elsewhere.comments_of(number, now)
    }
    read = {row["id"]: (row.get("parent_id"), row["is_ours"], row["created_at"]) for row in rows["threads__comments"]}
    assert len(true) > 5
    assert read == true
    assert not any("testperson" in str(row) or "text" in row for row in rows["threads__comments"])


@pytest.mark.promise("R11")
def test_a_retired_metric_is_set_aside_asked_for_once_a_day_and_picked_up_again(world, tmp_path, figure):
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        config = project_config(world, sandbox.url, ["facebook"])
        settings = Settings(
            project_dir=tmp_path, now=NOW,
            facebook_pages={"base_url": sandbox.url, "tokens": config["tokens"]["facebook"], "api_version": "v19.0"},
        )  # fmt: skip
        native_id = config["accounts"][0]["native_id"]
        page = Account(account_id=f"facebook:{native_id}", platform="facebook", native_id=native_id, unit_id="")
        book, events, kept, landing = RefusalBook(), [], [], Landing(tmp_path / "landing")

        def read(at):
            sandbox.requests.clear()
            sandbox.set_clock(at)
            plan = PullPlan(now=at, post_window_days=20)
            report = pull(settings, [page], landing, plan=plan, refused=book, on_event=events.append)
            report.raise_for_errors()
            posts = stored(landing)["facebook_pages__posts"]
            kept.append({one["name"] for post in posts for one in post["insights"]["data"]})
            asked = sum("post_clicks" in request.query.get("fields", "") for request in sandbox.requests)
            return asked, [one.refusal.native_metric for one in report.refused]

        sandbox.faults.set([Fault("invalid_metric", times=-1, path="post_clicks")])
        assert read(NOW)[1] == ["post_clicks"]
        assert kept[0] == {*POST_METRICS} - {"post_clicks"}
        # v19.0 is no more: the oldest living version answers
        assert [event.detail for event in events if event.name == "version facebook_pages"] == [
            "facebook_pages was asked in version v19.0 and answered in v20.0: the one asked for is no more, or not yet"
        ]
        assert [event.detail for event in events if event.name == "metric"] == [
            "facebook_pages has not given post_clicks (post) since 2026-01-05 to 1 account(s); asked for once a day"
        ]
        assert read(NOW + timedelta(hours=1)) == (0, ["post_clicks"])
        assert read(NOW + timedelta(days=1))[0] > 0
        sandbox.faults.set([])
        assert read(NOW + timedelta(days=1, hours=1)) == (0, ["post_clicks"])
        assert read(NOW + timedelta(days=2))[1] == []
    told = [(row["status"], row["asked_at"][:13]) for row in stored(landing)["facebook_pages__metric_status"]]
    assert told == [
        ("not_offered", "2026-01-05T12"), ("not_offered", "2026-01-05T12"), ("not_offered", "2026-01-06T12"),
        ("not_offered", "2026-01-06T12"), ("offered", "2026-01-07T12"),
    ]  # fmt: skip
    figure("metrics asked for in a request", len(POST_METRICS))
    figure("of them retired", len(POST_METRICS) - len(kept[0]))
    figure("others kept", len(kept[0]))


def test_stories_and_comments_of_facebook_and_instagram_equal_the_truth(world, tmp_path):
    now, since = seconds(NOW), seconds(NOW - timedelta(days=14))
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        config = project_config(world, sandbox.url, ["facebook", "instagram"])
        tokens, url = config["tokens"], sandbox.url
        settings = Settings(
            project_dir=tmp_path, now=NOW, pseudonym_key=SecretStr("a-key-of-32-characters-for-tests"),
            facebook_pages={"base_url": url, "tokens": tokens["facebook"], "comments": True},
            instagram={"base_url": url, "tokens": tokens["instagram"], "comments": True},
        )  # fmt: skip
        accounts = [
            Account(account_id=a.account_id, platform=a.platform, native_id=a.native_id, unit_id=a.unit_id)
            for a in world.accounts
            if a.platform in ("facebook", "instagram")
        ][:12]
        landing = Landing(tmp_path / "landing")
        report = pull(settings, accounts, landing, plan=PullPlan(now=NOW, post_window_days=16))
    report.raise_for_errors()
    assert not any(result.rejected for result in report.results)
    assert report.refused == []
    rows = stored(landing)
    mine = [world.accounts_by_native_id[one.platform, one.native_id] for one in accounts]
    true = {
        f"{account.platform}:{comment.native_id}": comment.is_ours
        for account in mine
        for number in world.posts_by_account[account.number]
        if since <= world.posts.published[number] <= now < world.posts.counters.deleted_at[number]
        for comment in world.comments_of(int(number), now)
    }
    read = {
        f"{platform}:{row['id']}": row["is_ours"]
        for platform, source in (("facebook", "facebook_pages"), ("instagram", "instagram"))
        for row in rows[f"{source}__comments"]
    }
    assert len(true) > 5
    assert read == true
    stories = {story.native_id: story_metrics(story, now) for account in mine for story in stories_of(account, now)}
    told = {row["id"]: row for row in rows["instagram__stories"]}
    assert stories
    assert told.keys() == stories.keys()
    for native_id, row in told.items():
        shown = stories[native_id]
        assert row["status"] == ("ok" if shown["views"] >= FEWEST_VIEWERS else "not_offered")
        for metric in row.get("data", []):
            total = metric.get("total_value") or metric["values"][0]
            assert total["value"] == shown[metric["name"]]
