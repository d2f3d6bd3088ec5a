"""The Graph API's shapes, Facebook's and Instagram's, against the examples and rules of the documentation."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from pipelines.sandbox.calendar import seconds
from tests.unit.sandbox.asking import NOW, ask, crawl, refused, standing


def test_a_page_node_has_the_documented_fields_and_the_answered_version(sandbox, page):
    fields = "id,name,username,link,fan_count,followers_count,talking_about_count"
    answer = ask(sandbox, f"/v26.0/{page.native_id}/", page, fields=fields)
    assert list(answer.body) == fields.split(",")
    assert answer.body["id"] == page.native_id
    assert isinstance(answer.body["fan_count"], int)
    assert answer.headers["facebook-api-version"] == "v26.0"
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[page.native_id][0]
    assert usage["type"] == "pages"
    assert "estimated_time_to_regain_access" in usage


def test_an_expired_version_is_answered_by_the_oldest_living_one(sandbox, page):
    later = datetime(2026, 11, 22, tzinfo=UTC)
    assert ask(sandbox, f"/v20.0/{page.native_id}", page, now=later).headers["facebook-api-version"] == "v21.0"
    assert ask(sandbox, f"/v20.0/{page.native_id}", page).headers["facebook-api-version"] == "v20.0"


def test_a_page_of_posts_looks_as_documented(sandbox, world, page):
    fields = (
        "id,message,created_time,permalink_url,status_type,shares,reactions.limit(0).summary(total_count),"
        "reactions.type(LIKE).limit(0).summary(total_count).as(r_like),comments.limit(0).summary(true),"
        "insights.metric(post_media_view,post_total_media_view_unique)"
    )
    body = ask(sandbox, f"/v26.0/{page.native_id}/published_posts", page, fields=fields, limit=2).body
    first = body["data"][0]
    shown = world.post_metrics(world.posts_by_id[f"facebook:{first['id']}"], NOW)
    assert first["id"].startswith(f"{page.native_id}_")
    assert first["created_time"].endswith("+0000")
    assert first["reactions"] == {"data": [], "summary": {"total_count": shown["reactions"], "viewer_reaction": "NONE"}}
    assert first["comments"]["summary"] == {"order": "ranked", "total_count": shown["comments"], "can_comment": True}
    assert 0 < first["r_like"]["summary"]["total_count"] < shown["reactions"]
    assert first["shares"] == {"count": shown["shares"]}
    values = {m["name"]: m["values"][0]["value"] for m in first["insights"]["data"]}
    assert values == {name: shown[name] for name in ("post_media_view", "post_total_media_view_unique")}
    assert first["insights"]["data"][0]["id"] == f"{first['id']}/insights/post_media_view/lifetime"
    link = urlsplit(body["paging"]["next"])
    assert link.netloc == "127.0.0.1:1"
    assert parse_qs(link.query)["after"] == [body["paging"]["cursors"]["after"]]
    assert "access_token" in parse_qs(link.query)


def test_shares_are_absent_and_not_zero_when_nobody_shared(sandbox, world, page):
    mine = world.posts_by_account[page.number]
    number = int(mine[5])
    birth = world.post(number).published_at
    node = ask(
        sandbox, f"/v26.0/{world.posts.native_ids[number]}", page, now=birth, fields="id,shares,reactions.summary(true)"
    )
    assert "shares" not in node.body
    assert node.body["reactions"]["summary"]["total_count"] == 0


@pytest.mark.parametrize("limit", [7, 25, 100])
def test_a_crawl_gives_every_standing_post_once_over_short_and_empty_pages(sandbox, world, page, limit):
    pages = crawl(sandbox, f"/v26.0/{page.native_id}/published_posts", page, limit)
    assert [one for part in pages for one in part] == standing(world, page)
    assert len(pages) >= 2
    assert len(pages[1]) < min(limit, 50)
    assert pages[2] == []
    assert len(pages) > 3


def test_the_instagram_feed_is_crawled_the_same_way(sandbox, world, insta):
    pages = crawl(sandbox, f"/v26.0/{insta.native_id}/media", insta)
    assert [one for part in pages for one in part] == standing(world, insta)
    assert [] in pages[:-1]


def test_an_account_that_never_posted_answers_an_empty_page_without_paging(sandbox, world):
    silent = next(a for a in world.accounts if a.unit_id == "gavleborg")
    assert ask(sandbox, f"/v26.0/{silent.native_id}/published_posts", silent).body == {"data": []}


def test_since_and_until_bound_the_feed_by_unix_seconds_and_by_dates(sandbox, world, page):
    since, until = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 20, tzinfo=UTC)
    path = f"/v26.0/{page.native_id}/published_posts"
    pages = crawl(sandbox, path, page, since=int(since.timestamp()), until=int(until.timestamp()))
    found = {one for part in pages for one in part}
    assert found == {
        one for one in standing(world, page)
        if since <= world.post(world.posts_by_id[f"facebook:{one}"]).published_at < until
    }  # fmt: skip
    assert found
    by_date = {one for part in crawl(sandbox, path, page, since="2025-06-01", until="2025-06-20") for one in part}
    assert by_date - found or found - by_date or by_date == found
    assert len(by_date ^ found) < len(found)


def test_the_page_before_comes_once_more_and_nothing_is_lost(sandbox, world, page):
    path = f"/v26.0/{page.native_id}/published_posts"
    pages = crawl(sandbox, path, page, faults_on=1, faults=["duplicate_page"])
    assert pages[1] == pages[0]
    assert list(dict.fromkeys(one for part in pages for one in part)) == standing(world, page)


def test_a_post_between_two_pages_repeats_the_last_object(sandbox, world, page):
    pages = crawl(sandbox, f"/v26.0/{page.native_id}/published_posts", page, faults_on=1, faults=["post_between_pages"])
    assert pages[1][0] == pages[0][-1]
    assert set(standing(world, page)) == {one for part in pages for one in part}


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": "many"}, {"after": "garbage"}, {"fields": "id,nonsense"}])
def test_a_wrong_parameter_is_error_100(sandbox, page, query):
    answer = refused(sandbox, f"/v26.0/{page.native_id}/published_posts", page, **query)
    assert answer.status == 400
    assert answer.body["error"]["code"] == 100
    assert answer.headers["facebook-api-version"] == "v26.0"


def test_page_days_end_at_pacific_midnight_across_the_clock_change(sandbox, page):
    body = ask(
        sandbox, f"/v26.0/{page.native_id}/insights", page, metric="page_media_view,page_total_media_view_unique",
        period="day", since="2025-10-31", until="2025-11-04",
    ).body  # fmt: skip
    assert [m["name"] for m in body["data"]] == ["page_media_view", "page_total_media_view_unique"]
    assert [v["end_time"] for v in body["data"][0]["values"]] == [
        "2025-11-01T07:00:00+0000", "2025-11-02T07:00:00+0000", "2025-11-03T08:00:00+0000", "2025-11-04T08:00:00+0000",
    ]  # fmt: skip
    assert all(v["value"] > 0 for v in body["data"][0]["values"])
    assert body["data"][0]["id"] == f"{page.native_id}/insights/page_media_view/day"


def test_insights_paging_never_ends(sandbox, page):
    path = f"/v26.0/{page.native_id}/insights"
    body = ask(sandbox, path, page, metric="page_follows", since="2025-12-01", until="2025-12-03").body
    for _ in range(5):
        query = {k: v[0] for k, v in parse_qs(urlsplit(body["paging"]["next"]).query).items()}
        body = ask(sandbox, path, page, **query).body
        assert {"previous", "next"} <= body["paging"].keys()


def test_a_day_is_corrected_upwards_two_days_later(sandbox, page):
    query = {"metric": "page_media_view", "since": "2025-12-01", "until": "2025-12-02"}
    path = f"/v26.0/{page.native_id}/insights"
    early = ask(sandbox, path, page, now=datetime(2025, 12, 2, 9, tzinfo=UTC), **query).body["data"][0]["values"]
    late = ask(sandbox, path, page, now=datetime(2025, 12, 5, tzinfo=UTC), **query).body["data"][0]["values"]
    assert early[0]["end_time"] == late[0]["end_time"]
    assert 0.95 < early[0]["value"] / late[0]["value"] < 1


@pytest.mark.parametrize(
    ("metric", "alive", "dead"),
    [
        ("page_impressions", "2025-11-14", "2025-11-15"),
        ("page_fans", "2025-11-14", "2025-11-15"),
        ("page_impressions_unique", "2026-06-14", "2026-06-15"),
    ],
)
def test_a_page_metric_dies_on_its_day_and_takes_the_request_with_it(sandbox, page, metric, alive, dead):
    path = f"/v26.0/{page.native_id}/insights"
    before, after = (datetime.fromisoformat(f"{day}T12:00:00+00:00") for day in (alive, dead))
    assert ask(sandbox, path, page, now=before, metric=metric).body["data"][0]["values"]
    answer = refused(sandbox, path, page, now=after, metric=f"page_follows,{metric}")
    assert answer.body["error"]["message"] == "(#100) The value must be a valid insights metric"
    assert ask(sandbox, path, page, now=after, metric="page_follows").body["data"]


def test_a_post_metric_dies_on_its_day_inside_a_nested_request(sandbox, page):
    fields = "id,insights.metric(post_impressions,post_impressions_unique)"
    path = f"/v26.0/{page.native_id}/published_posts"
    alive = ask(sandbox, path, page, now=datetime(2025, 11, 14, 12, tzinfo=UTC), fields=fields).body
    assert len(alive["data"][0]["insights"]["data"]) == 2
    assert refused(sandbox, path, page, fields=fields).body["error"]["code"] == 100


def test_metrics_may_come_as_a_json_array_and_none_at_all_is_error_3001(sandbox, page):
    path = f"/v26.0/{page.native_id}/insights"
    body = ask(sandbox, path, page, metric='["page_follows","page_media_view"]').body
    assert [m["name"] for m in body["data"]] == ["page_follows", "page_media_view"]
    error = refused(sandbox, path, page).body["error"]
    assert (error["code"], error["error_subcode"]) == (3001, 1504028)


def test_reactions_by_type_come_as_an_object_without_zeros(sandbox, world, page):
    post = standing(world, page)[30]
    body = ask(sandbox, f"/v26.0/{post}/insights", page, metric="post_reactions_by_type_total").body
    value = body["data"][0]["values"][0]["value"]
    assert value["like"] > value["love"] > 0
    assert all(value.values())


def test_a_deleted_and_an_unknown_post_are_100_33(sandbox, world, page):
    mine = world.posts_by_account[page.number]
    gone = next(int(n) for n in mine if world.posts.counters.deleted_at[n] < seconds(NOW))
    for native_id in (world.posts.native_ids[gone], f"{page.native_id}_9"):
        error = refused(sandbox, f"/v26.0/{native_id}", page).body["error"]
        assert (error["code"], error["error_subcode"], error["type"]) == (100, 33, "GraphMethodException")
    before = world.post(gone).deleted_at - timedelta(minutes=1)
    assert ask(sandbox, f"/v26.0/{world.posts.native_ids[gone]}", page, now=before).body["id"]


def test_many_nodes_come_by_id(sandbox, world, page):
    ids = standing(world, page)[:3]
    body = ask(sandbox, "/v26.0/", page, ids=",".join(ids), fields="id,message").body
    assert list(body) == ids
    assert all(node["message"] for node in body.values())


def test_a_token_of_another_account_lacks_the_permission_and_an_unknown_one_is_190(sandbox, world, page, insta):
    other = world.accounts[3]
    for account in (page, insta):
        answer = refused(sandbox, f"/v26.0/{account.native_id}", other)
        assert (answer.status, answer.body["error"]["code"]) == (403, 10)
    assert refused(sandbox, f"/v26.0/{page.native_id}", token="nobody").body["error"]["code"] == 190
    assert ask(sandbox, f"/v26.0/{insta.native_id}").body["id"] == insta.native_id


def test_the_proof_is_the_hmac_of_the_token_by_the_apps_secret(sandbox, page):
    token = sandbox.served.tokens.accounts[("facebook", page.native_id)]
    proof = hmac.new(b"s3cret", token.encode(), hashlib.sha256).hexdigest()
    assert ask(sandbox, f"/v26.0/{page.native_id}", page, appsecret_proof=proof).body["id"]
    answer = refused(sandbox, f"/v26.0/{page.native_id}", page, appsecret_proof=proof[::-1])
    assert "appsecret_proof" in answer.body["error"]["message"]


def test_the_system_user_lists_its_pages_with_their_tokens_and_sister_accounts(sandbox, world):
    fields = "id,name,access_token,instagram_business_account{id,username}"
    pages, after = [], {}
    while True:
        body = ask(sandbox, "/v26.0/me/accounts", fields=fields, limit=5, **after).body
        pages += body["data"]
        if "next" not in body.get("paging", {}):
            break
        after = {"after": body["paging"]["cursors"]["after"]}
    assert {p["id"] for p in pages} == {a.native_id for a in world.accounts if a.platform == "facebook"}
    assert pages[-1]["access_token"] == sandbox.served.tokens.accounts[("facebook", pages[-1]["id"])]
    assert pages[-1]["instagram_business_account"]["username"].startswith("exempelpolisen_")
    token = pages[-1]["access_token"]
    data = ask(sandbox, "/v26.0/debug_token", input_token=token).body["data"]
    assert (data["is_valid"], data["type"], data["profile_id"]) == (True, "PAGE", pages[-1]["id"])
    assert not ask(sandbox, "/v26.0/debug_token", input_token="x").body["data"]["is_valid"]


def test_comments_and_answers_come_in_threads_with_the_pages_own_id(sandbox, world, page):
    answered = [
        int(p) for p, a in zip(world.dialogue.post, world.dialogue.answered, strict=True)
        if world.posts.account[p] == page.number
        and a < seconds(NOW) < world.posts.counters.deleted_at[p]
    ]  # fmt: skip
    post = world.posts.native_ids[answered[0]]
    fields = "id,from,parent,created_time,message"
    rows = ask(sandbox, f"/v26.0/{post}/comments", page, filter="stream", limit=100, fields=fields).body["data"]
    answers = [row for row in rows if row.get("from", {}).get("id") == page.native_id]
    assert answers
    assert all(row["parent"]["id"] in {one["id"] for one in rows} for row in answers)
    back = ask(sandbox, f"/v26.0/{post}/comments", page, filter="stream", order="reverse_chronological").body["data"]
    assert [row["id"] for row in back] == [row["id"] for row in rows][::-1]
    assert all("parent" not in row for row in ask(sandbox, f"/v26.0/{post}/comments", page).body["data"])


def test_a_media_page_hides_likes_where_the_owner_does(sandbox, world, insta):
    hidden = [n for n in np.flatnonzero(world.posts.hides_likes) if world.posts.counters.deleted_at[n] > seconds(NOW)]
    post = world.post(int(hidden[0]))
    fields = "id,caption,media_type,media_product_type,permalink,timestamp,like_count,comments_count,shortcode,username"
    node = ask(sandbox, f"/v26.0/{post.native_id}", post.account, fields=fields).body
    assert "like_count" not in node
    assert isinstance(node["comments_count"], int)
    shown = ask(sandbox, f"/v26.0/{insta.native_id}/media", insta, fields=fields, limit=1).body["data"][0]
    assert list(shown) == fields.split(",")


def test_media_insights_agree_with_the_world_and_a_young_media_has_an_empty_list(sandbox, world, insta):
    native_id = standing(world, insta)[3]
    number = world.posts_by_id[f"instagram:{native_id}"]
    body = ask(sandbox, f"/v26.0/{native_id}/insights", insta, metric="views,reach,likes,comments,saved,shares").body
    assert {m["name"]: m["values"][0]["value"] for m in body["data"]} == world.post_metrics(number, NOW)
    young = world.post(number).published_at + timedelta(minutes=10)
    assert ask(sandbox, f"/v26.0/{native_id}/insights", insta, now=young, metric="views").body == {"data": []}


def test_instagrams_dead_metric_names_those_that_live(sandbox, world, insta):
    native_id = standing(world, insta)[3]
    message = refused(sandbox, f"/v26.0/{native_id}/insights", insta, metric="reach,impressions").body["error"][
        "message"
    ]
    assert message.startswith("(#100) metric[1] must be one of the following values: ")
    assert "views" in message


def test_account_insights_are_one_number_or_a_series_by_metric_type(sandbox, insta):
    path, span = f"/v26.0/{insta.native_id}/insights", {"since": "2025-12-01", "until": "2025-12-04"}
    series = ask(sandbox, path, insta, metric="reach", period="day", metric_type="time_series", **span).body["data"][0]
    assert [v["end_time"][:10] for v in series["values"]] == ["2025-12-02", "2025-12-03", "2025-12-04"]
    total = ask(sandbox, path, insta, metric="views", period="day", metric_type="total_value",
                breakdown="media_product_type", **span).body["data"][0]["total_value"]  # fmt: skip
    parts = total["breakdowns"][0]["results"]
    assert sum(p["value"] for p in parts) == total["value"] > 0
    assert (
        "metric_type=total_value"
        in refused(sandbox, path, insta, metric="views", period="day").body["error"]["message"]
    )
    long = refused(sandbox, path, insta, metric="reach", period="day", since="2025-10-01", until="2025-12-01")
    assert long.body["error"]["code"] == 100
