"""What nobody has verified about the platforms yet: each switch of the sandbox, both ways."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from pipelines.sandbox import SandboxClock
from pipelines.sandbox.calendar import DAY, seconds
from pipelines.sandbox.exchange import Ask, RefusalError, Served
from pipelines.sandbox.server import make_sandbox

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def ask(small):
    def asking(account, path, faults=(), switches=(), **query):
        sandbox = make_sandbox(small, clock=SandboxClock(NOW), **dict(switches))
        token = sandbox.served.tokens.accounts[(account.platform, account.native_id)]
        headers = {"authorization": f"Bearer {token}"}
        return sandbox.answer(Ask(path=path.format(account.native_id), query=query, headers=headers, now=seconds(NOW),
                                  base="http://127.0.0.1:1", faults=frozenset(faults))).body  # fmt: skip

    return asking


@pytest.fixture(scope="module")
def page(small):
    return small.accounts[0]


@pytest.fixture(scope="module")
def insta(small):
    return small.accounts[1]


@pytest.fixture(scope="module")
def bird(small):
    return small.accounts[2]


@pytest.mark.parametrize(
    ("switches", "field", "said"),
    [
        ({}, "tweet.fields", "retweet_count"),
        ({}, "post.fields", "repost_count"),
        ({"x_follows_request": False, "x_vocabulary": "new"}, "tweet.fields", "repost_count"),
        ({"x_follows_request": False, "x_vocabulary": "old"}, "post.fields", "retweet_count"),
    ],
)
def test_x_answers_in_the_words_of_the_request_or_in_its_own(ask, bird, switches, field, said):
    body = ask(bird, "/2/users/{}/tweets", switches=switches, **{field: "public_metrics"})
    assert said in body["data"][0]["public_metrics"]


def test_a_page_may_not_accept_a_metric_that_is_documented(ask, page, insta):
    call = {"period": "day", "metric": "page_media_view"}
    assert ask(page, "/v26.0/{}/insights", **call)["data"]
    refused = {"refused_metrics": frozenset({"page_media_view", "reach"})}
    for account, metric in ((page, "page_media_view"), (insta, "reach")):
        with pytest.raises(RefusalError) as caught:
            ask(account, "/v26.0/{}/insights", switches=refused, period="day", metric=metric)
        assert caught.value.answer.body["error"]["code"] == 100


@pytest.mark.parametrize(("is_object", "kind"), [(True, dict), (False, int)])
def test_a_value_with_a_breakdown_is_an_object_or_a_number(ask, page, is_object, kind):
    call = {"metric": "page_media_view", "period": "day", "breakdown": "is_from_ads"}
    body = ask(page, "/v26.0/{}/insights", switches={"facebook_breakdowns": is_object}, **call)
    assert isinstance(body["data"][0]["values"][0]["value"], kind)


def test_instagrams_longest_window(ask, insta):
    call = {"metric": "reach", "period": "day", "since": str(seconds(NOW) - 60 * DAY), "until": str(seconds(NOW))}
    with pytest.raises(RefusalError) as caught:
        ask(insta, "/v26.0/{}/insights", **call)
    assert "more than 30 days (2592000 s)" in caught.value.answer.body["error"]["message"]
    body = ask(insta, "/v26.0/{}/insights", switches={"instagram_window_days": 93}, **call)
    assert len(body["data"][0]["values"]) > 50


def test_which_of_instagrams_metrics_accept_a_week(ask, insta):
    call = {"metric": "reach", "period": "week"}
    assert ask(insta, "/v26.0/{}/insights", **call)["data"]
    with pytest.raises(RefusalError, match="HTTP 400"):
        ask(insta, "/v26.0/{}/insights", switches={"instagram_long_periods": frozenset()}, **call)


@pytest.mark.parametrize(("case", "said"), [("upper", "REELS"), ("lower", "reels")])
def test_how_instagram_writes_the_values_of_a_breakdown(ask, insta, case, said):
    call = {"metric": "views", "period": "day", "metric_type": "total_value", "breakdown": "media_product_type"}
    body = ask(insta, "/v26.0/{}/insights", switches={"instagram_breakdown_case": case}, **call)
    assert body["data"][0]["total_value"]["breakdowns"][0]["results"][0]["dimension_values"] == [said]


def test_an_edited_post_on_x_has_a_new_id_and_its_first_one_in_its_history(ask, bird):
    call = {"max_results": "100", "tweet.fields": "created_at"}
    before, after = (ask(bird, "/2/users/{}/tweets", faults, **call)["data"] for faults in ((), ("x_edited",)))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed
    for old, new in changed:
        assert new["edit_history_tweet_ids"] == [old["id"], new["id"]]
        assert new["created_at"] == old["created_at"]
        assert new["id"] != old["id"]


def test_an_answer_of_x_may_hold_errors_beside_data(ask, bird):
    whole, partial = (ask(bird, "/2/users/{}/tweets", faults) for faults in ((), ("x_partial_errors",)))
    assert partial["data"] == whole["data"][:-1]
    assert [error["resource_id"] for error in partial["errors"]] == [whole["data"][-1]["id"]]


def test_every_switch_is_in_the_documentation(request):
    text = (request.config.rootpath / "docs" / "sandbox.md").read_text(encoding="utf-8")
    switches = {field.name for field in fields(Served)} - {"world", "tokens"}
    assert {name for name in switches if not re.search(rf"`{name}\b", text)} == set()
