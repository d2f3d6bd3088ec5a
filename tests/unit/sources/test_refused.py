"""Metrics that a platform refuses: set aside with their date, asked for again once a day, back when they are given."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from pipelines.settings import FacebookPagesSettings
from pipelines.sources.facebook_pages.client import FacebookPages
from pipelines.sources.refused import Refusal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
INVALID = (400, {"error": {"message": "(#100) The value must be a valid insights metric", "code": 100}})


def facebook():
    return FacebookPages(FacebookPagesSettings(token=SecretStr("EAAsentinelTOKEN0123456789")))


def page_that_refuses(*bad):
    def play(request):
        asked = request.url.params.get("fields", "") + request.url.params.get("metric", "")
        if any(name in asked for name in bad):
            return INVALID
        if request.url.path.endswith("/published_posts"):
            return {"data": [{"id": "101_1", "created_time": "2026-11-19T09:00:00+0000"}]}
        return {"data": []} if request.url.path.endswith("/insights") else {"id": "101"}

    return play


def refusal(name, scope, hours_ago):
    at = NOW - timedelta(hours=hours_ago)
    since = NOW - timedelta(days=9)
    return Refusal(scope=scope, native_metric=name, reason="code 100", since=since, asked_at=at)


def test_a_name_refused_an_hour_ago_is_not_asked_for_and_still_told(platform, read, rows):
    wire = platform(page_that_refuses("page_follows", "post_clicks"))
    known = (refusal("page_follows", "account", 1), refusal("post_clicks", "post", 1))
    pages = read(facebook(), wire, refused=known)
    assert not any("page_follows" in json.dumps(q) or "post_clicks" in json.dumps(q) for q in wire.queries)
    assert len(wire.asked) == 4  # the account, one page of posts, two groups of metrics: nothing was halved
    assert {(r["native_metric"], r["status"], r["asked_at"]) for r in rows(pages, "metric_status")} == {
        ("post_clicks", "not_offered", "2026-11-20T11:00:00+00:00"),
        ("page_follows", "not_offered", "2026-11-20T11:00:00+00:00"),
    }


def test_a_day_later_it_is_asked_for_again_and_what_comes_back_is_told(platform, read, rows):
    wire = platform(page_that_refuses("page_follows"))
    known = (refusal("page_follows", "account", 24), refusal("post_clicks", "post", 24))
    pages = read(facebook(), wire, refused=known)
    assert any("post_clicks" in q.get("fields", "") for q in wire.queries)
    assert {(r["native_metric"], r["status"], r["asked_at"]) for r in rows(pages, "metric_status")} == {
        ("post_clicks", "offered", "2026-11-20T12:00:00+00:00"),
        ("page_follows", "not_offered", "2026-11-20T12:00:00+00:00"),
    }


def test_a_value_that_is_an_object_sinks_no_post(platform, read, rows):
    split = [{"name": "post_media_view", "period": "lifetime", "values": [{"value": {"ads": 2, "organic": 5}}]}]

    def play(request):
        if request.url.path.endswith("/published_posts"):
            return {"data": [{"id": "101_1", "insights": {"data": split}}]}
        return page_that_refuses()(request)

    pages = read(facebook(), platform(play))
    assert rows(pages, "posts")[0]["insights"]["data"][0]["values"] == [{"value": {"ads": 2, "organic": 5}}]
