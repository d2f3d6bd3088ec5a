"""TikTok, by both interfaces, and LinkedIn over loopback: what is read is what is true in the simulated world."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from pydantic import SecretStr

from pipelines.budget import SqliteLedger
from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.landing import Landing
from pipelines.pull import probe, pull
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import DAY, instant, seconds
from pipelines.sandbox.offers import BUSINESS_OFFERS
from pipelines.settings import Settings
from pipelines.sources.base import Account, PullPlan
from tests.integration.test_pull_from_sandbox import stored

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLAN = PullPlan(now=NOW, post_window_days=120)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


def settings_of(folder, config, url, **more):
    tokens = config["tokens"]
    comments = {"comments": True}
    return Settings(
        project_dir=folder, now=NOW, pseudonym_key=SecretStr("a-key-of-32-characters-for-tests"),
        linkedin={"base_url": url, "tokens": tokens["linkedin"], **comments},
        tiktok={"base_url": url, "business_url": url, "enabled": True, "tokens": tokens["tiktok"], **comments, **more},
    )  # fmt: skip


def accounts_of(config):
    named = [(f"{a['platform']}:{a['native_id']}", a["platform"], a["native_id"]) for a in config["accounts"]]
    return [Account(account_id=key, platform=name, native_id=own, unit_id="") for key, name, own in named]


def read_all(world, folder, api, faults=(), *, sources=("tiktok", "linkedin"), **switches):
    with running_sandbox(world, clock=SandboxClock(NOW), faults=faults, **switches) as sandbox:
        config = project_config(world, sandbox.url, ["tiktok", "linkedin"])
        settings, accounts = settings_of(folder, config, sandbox.url, api=api), accounts_of(config)
        assert [result.error for result in probe(settings, accounts)] == [None] * 4 or faults
        landing = Landing(folder / "landing")
        report = pull(settings, accounts, landing, plan=PLAN, sources=sources)
        assert not any(result.rejected for result in report.results)
        return report, stored(landing)


@pytest.fixture(scope="module")
def business(world, tmp_path_factory):
    """LinkedIn, and TikTok by the Business API."""
    report, rows = read_all(world, tmp_path_factory.mktemp("business"), "business", page_cap=18)
    report.raise_for_errors()
    return rows


def standing(world, platform, days=None):
    """Numbers of all posts of a platform that stand now and are younger than so many days."""
    after = seconds(NOW - timedelta(days=days)) if days else 0
    return [
        number
        for account in world.elsewhere.accounts
        if account.platform == platform
        for number in world.elsewhere.standing(account.number, seconds(NOW))
        if world.elsewhere.posts.published[number] >= after
    ]


def ids(world, numbers):
    return {world.elsewhere.posts.native_ids[number] for number in numbers}


def test_every_post_and_metric_of_linkedin_equals_the_truth(world, business):
    numbers = standing(world, "linkedin")
    assert {row["id"] for row in business["linkedin__posts"]} == ids(world, numbers)
    read = {row["id"]: row for row in business["linkedin__post_statistics"]}
    kinds = set()
    for number in numbers:
        true, row = world.elsewhere.post_metrics(number, NOW), read[world.elsewhere.posts.native_ids[number]]
        kinds.add(row["id"].split(":")[2])
        shown = row.get("totalShareStatistics", {})
        assert {name: shown.get(name, 0) for name in true} == true
        assert row["status"] == ("ok" if any(true.values()) else "silent")
    assert kinds == {"share", "ugcPost"}
    assert len(numbers) > 40


def test_days_of_linkedin_equal_the_truth(world, business):
    mine = [a for a in world.elsewhere.accounts if a.platform == "linkedin"]
    edges = np.arange(seconds(datetime(2025, 12, 6, tzinfo=UTC)), seconds(datetime(2026, 1, 5, tzinfo=UTC)) + 1, DAY)
    true = []
    for account in mine:
        likes = world.elsewhere.series(account.number, "likeCount", edges, seconds(NOW))
        true += [(int(start) * 1000, int(value)) for start, value in zip(edges[:-1], likes, strict=True)]
    rows = business["linkedin__share_statistics"]
    read = [(row["timeRange"]["start"], row["totalShareStatistics"]["likeCount"]) for row in rows]
    assert sorted(read) == sorted(true)
    last = max(row["timeRange"]["end"] for row in business["linkedin__follower_statistics"])
    assert last == seconds(datetime(2026, 1, 3, tzinfo=UTC)) * 1000
    sizes = {row["firstDegreeSize"] for row in business["linkedin__accounts"]}
    assert sizes == {world.elsewhere.account_metrics(a.number, NOW)["firstDegreeSize"] for a in mine}


def test_every_video_by_the_business_api_and_its_days_equal_the_truth(world, business):
    numbers = standing(world, "tiktok")
    read = {row["item_id"]: row for row in business["tiktok__posts"]}
    assert read.keys() == ids(world, numbers)
    true = world.elsewhere.metrics("tiktok", np.array(numbers), np.full(len(numbers), seconds(NOW)), BUSINESS_OFFERS)
    for name, values in true.items():
        assert [read[world.elsewhere.posts.native_ids[n]][name] for n in numbers] == values.tolist()
    days = business["tiktok__account_days"]
    assert {row["date"] for row in days} == {f"{date(2025, 12, 6) + timedelta(days=n)}" for n in range(29)}
    edges = np.array([seconds(datetime(2025, 12, day, tzinfo=UTC)) for day in (10, 11)])
    mine = [a.number for a in world.elsewhere.accounts if a.platform == "tiktok"]
    views = {int(world.elsewhere.series(one, "unique_video_views", edges, seconds(NOW))[0]) for one in mine}
    assert {row["unique_video_views"] for row in days if row["date"] == "2025-12-10"} == views


def test_every_video_by_the_display_api_equals_the_truth(world, tmp_path):
    report, rows = read_all(world, tmp_path, "display", sources=("tiktok",), page_cap=12)
    report.raise_for_errors()
    numbers = standing(world, "tiktok")
    true = {world.elsewhere.posts.native_ids[n]: world.elsewhere.post_metrics(n, NOW) for n in numbers}
    read = {row["id"]: {name: row[name] for name in true[row["id"]]} for row in rows["tiktok__posts"]}
    assert read == true
    levels = [
        world.elsewhere.account_metrics(a.number, NOW) for a in world.elsewhere.accounts if a.platform == "tiktok"
    ]
    assert [{name: row[name] for name in levels[0]} for row in rows["tiktok__accounts"]] in (levels, levels[::-1])
    assert "tiktok__comments" not in rows
    assert not any("cover" in name for row in rows["tiktok__posts"] for name in row)


def threads_of(world, platform):
    """Id -> (id of the comment its thread began with, ours, when) of every comment under a young post."""
    now = seconds(NOW)
    found = {}
    for number in standing(world, platform, days=14):
        listed = world.elsewhere.comments_of(number, now)
        roots = {one.number: one.native_id for one in listed if one.parent is None}
        for one in listed:
            if one.root in roots:
                root = None if one.parent is None else roots[one.root]
                found[one.native_id] = (root, one.is_ours, instant(one.created_at).isoformat())
    return found


def short(urn):
    return urn and urn.rstrip(")").rpartition(",")[2]


def test_comments_and_answers_equal_the_truth_and_hold_no_words(world, business):
    linkedin = {
        short(row["id"]): (short(row.get("parent_id")), row["is_ours"], row["created_at"])
        for row in business["linkedin__comments"]
    }
    assert linkedin == threads_of(world, "linkedin")
    assert len(linkedin) > 5
    tiktok = {
        row["id"]: (row.get("parent_id"), row["is_ours"], row["created_at"]) for row in business["tiktok__comments"]
    }
    assert tiktok == threads_of(world, "tiktok")
    for row in (*business["linkedin__comments"], *business["tiktok__comments"]):
        assert not {"text", "message", "username", "actor"} & row.keys()
        assert "estperson" not in str(row)


@pytest.mark.parametrize("shape", ["bare", "flat"])
def test_comments_are_the_same_whatever_shape_linkedin_gives_them(world, business, tmp_path, shape):
    switches = {"linkedin_comments": shape, "linkedin_error_words": False, "linkedin_negative_days": False}
    report, rows = read_all(world, tmp_path, "display", sources=("linkedin",), **switches)
    report.raise_for_errors()
    order = sorted(rows["linkedin__comments"], key=lambda row: row["id"])
    assert order == sorted(business["linkedin__comments"], key=lambda row: row["id"])
    assert min(row["totalShareStatistics"]["likeCount"] for row in rows["linkedin__share_statistics"]) >= 0


def test_a_post_between_two_pages_of_linkedin_loses_none(world, tmp_path):
    fault = Fault("post_between_pages", times=2, path="/rest/posts[?].*start=[1-9]")
    report, rows = read_all(world, tmp_path, "display", [fault], sources=("linkedin",), page_cap=20)
    report.raise_for_errors()
    assert {row["id"] for row in rows["linkedin__posts"]} >= ids(world, standing(world, "linkedin"))


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("linkedin_limit", DeferredError, "the day's limit"),
        ("linkedin_sunset", SourceError, "SYFTE_LINKEDIN__API_VERSION"),
        ("linkedin_revoked", CredentialError, "65601"),
        ("linkedin_denied", CredentialError, "administrator"),
        ("tiktok_token", CredentialError, "access_token_invalid"),
        ("tiktok_scope", CredentialError, "scope_not_authorized"),
        ("tiktok_business_token", CredentialError, "40105"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(world, tmp_path, fault, error, says):
    api = "business" if "business" in fault else "display"
    report, rows = read_all(world, tmp_path, api, [Fault(fault, times=-1)], sources=(fault.split("_")[0],))
    assert report.errors
    assert all(isinstance(found, error) for found in report.errors)
    assert says in str(report.errors[0])
    assert rows == {}


def test_after_linkedins_limit_no_run_asks_before_five_past_midnight_utc(world, tmp_path):
    with running_sandbox(world, clock=SandboxClock(NOW), faults=[Fault("linkedin_limit")]) as sandbox:
        config = project_config(world, sandbox.url, ["linkedin"])
        tokens = config["tokens"]["linkedin"]

        def read(at):
            sandbox.set_clock(at)
            sandbox.requests.clear()
            settings = Settings(project_dir=tmp_path, now=at, linkedin={"base_url": sandbox.url, "tokens": tokens})
            one = accounts_of(config)[:1]
            with SqliteLedger(tmp_path / "ledger.sqlite", today=lambda: at, now=lambda: at) as ledger:
                report = pull(settings, one, Landing(tmp_path / "landing"), plan=PullPlan(now=at), ledger=ledger)
            return len(sandbox.requests), [type(error) for error in report.errors]

        asked, [first] = read(NOW)
        assert (asked, issubclass(first, DeferredError)) == (1, True)
        midnight = datetime(2026, 1, 6, tzinfo=UTC)
        for at in (NOW + timedelta(minutes=5), midnight + timedelta(minutes=4)):
            asked, [later] = read(at)
            assert (asked, issubclass(later, DeferredError)) == (0, True)
        asked, errors = read(midnight + timedelta(minutes=6))
        assert asked > 5
        assert errors == []


@pytest.mark.parametrize(
    ("switches", "says"),
    [({"linkedin_newest_version": "202606"}, "SYFTE_LINKEDIN__API_VERSION"), ({"tiktok_token_code": 41000}, "41000")],
)
def test_an_answer_that_nobody_has_described_is_still_told(world, tmp_path, switches, says):
    source = next(iter(switches)).split("_")[0]
    with running_sandbox(world, clock=SandboxClock(NOW), **switches) as sandbox:
        config = project_config(world, sandbox.url, ["tiktok", "linkedin"])
        if source == "tiktok":
            config["tokens"]["tiktok"] = dict.fromkeys(config["tokens"]["tiktok"], "act.unknown0000000")
        settings = settings_of(tmp_path, config, sandbox.url, api="business")
        report = pull(settings, accounts_of(config), Landing(tmp_path / "landing"), plan=PLAN, sources=[source])
    assert report.errors
    assert all(says in str(error) for error in report.errors)
