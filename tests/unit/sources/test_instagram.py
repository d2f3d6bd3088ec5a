from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError
from pipelines.settings import InstagramSettings
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.instagram.client import TOTAL_METRICS, Instagram
from pipelines.sources.instagram.streams import STORY_METRICS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = {"id": "1784", "username": "polisenexempel", "followers_count": 9000, "media_count": 412, "biography": "x"}


def instagram():
    return Instagram(InstagramSettings(token=SecretStr("EAAsentinelTOKEN0123456789")))


def media(n, kind="FEED", **fields):
    return {
        "id": str(n),
        "caption": "Utbetalningsmannen ringer - lägg på!",
        "media_product_type": kind,
        "timestamp": "2026-11-19T10:00:00+0000",
        "comments_count": 23,
        "username": "polisenexempel",
        **fields,
    }


def lifetime(names):
    return {"data": [{"name": name, "period": "lifetime", "values": [{"value": 7}]} for name in names.split(",")]}


def error(code, subcode=None, message="no"):
    return 400, {"error": {"message": message, "code": code, "error_subcode": subcode}}


INVALID = error(100, message="(#100) The value must be a valid insights metric")


def account_of(feeds, of_media=None, stories=()):
    """An account whose media are `{cursor: [media]}`, with the last cursor having no next page."""
    cursors = list(feeds)

    def play(request):
        path, params = request.url.path, request.url.params
        if path.endswith("/1784/media"):
            cursor = params.get("after")
            place = cursors.index(cursor)
            paging = {"cursors": {"after": cursors[place + 1]}, "next": "x"} if place + 1 < len(cursors) else {}
            return {"data": feeds[cursor], "paging": paging}
        if path.endswith("/1784/stories"):
            return {"data": list(stories)}
        if path.endswith("/1784/insights"):
            if params["metric_type"] == "time_series":
                return {"data": [{"name": "reach", "values": [{"value": 5, "end_time": "2026-11-19T08:00:00+0000"}]}]}
            names = params["metric"].split(",")
            return {"data": [{"name": name, "period": "day", "total_value": {"value": 3}} for name in names]}
        if path.endswith("/insights"):
            return (of_media or (lambda r: lifetime(r.url.params["metric"])))(request)
        return ACCOUNT

    return play


def test_account_media_and_their_metrics_are_read_and_nothing_else_is_kept(platform, read, rows):
    pages = read(instagram(), platform(account_of({None: [media(1), media(2, "REELS")]})), native_id="1784")
    assert rows(pages, "accounts")[0] == {k: v for k, v in ACCOUNT.items() if k != "biography"}
    assert "username" not in rows(pages, "media")[0]
    feed_one, reel = rows(pages, "media_insights")
    assert {m["name"] for m in feed_one["data"]} >= {"views", "reach", "profile_visits"}
    assert "ig_reels_avg_watch_time" in {m["name"] for m in reel["data"]}
    assert "ig_reels_avg_watch_time" not in {m["name"] for m in feed_one["data"]}


def test_likes_that_are_hidden_are_missing_and_not_zero(platform, read, rows):
    pages = read(instagram(), platform(account_of({None: [media(1), media(2, like_count=0)]})), native_id="1784")
    hidden, shown = rows(pages, "media")
    assert "like_count" not in hidden
    assert shown["like_count"] == 0


def test_an_empty_list_of_metrics_is_kept_as_empty(platform, read, rows):
    wire = platform(account_of({None: [media(1)]}, lambda _r: {"data": []}))
    (row,) = rows(read(instagram(), wire, native_id="1784"), "media_insights")
    assert row == {"id": "1", "status": "ok", "media_product_type": "FEED", "data": []}


@pytest.mark.parametrize(
    ("fault", "status"), [(error(100, 2108006), "not_offered"), (error(100, 33), "not_found")], ids=["old", "gone"]
)
def test_media_without_metrics_is_told_and_sinks_no_other(platform, read, rows, fault, status):
    def of_media(request):
        return fault if "/2/insights" in request.url.path else lifetime(request.url.params["metric"])

    pages = read(instagram(), platform(account_of({None: [media(1), media(2), media(3)]}, of_media)), native_id="1784")
    found = rows(pages, "media_insights")
    assert [row["status"] for row in found] == ["ok", status, "ok"]
    assert "data" not in found[1]


def test_a_metric_refused_for_one_type_is_found_once_and_kept_for_the_other(platform, read, rows):
    kinds = {"1": "FEED", "2": "FEED", "3": "REELS"}

    def of_media(request):
        native_id = request.url.path.split("/")[2]
        names = request.url.params["metric"]
        return INVALID if kinds[native_id] == "FEED" and "reposts" in names.split(",") else lifetime(names)

    feeds = {None: [media(n, kind) for n, kind in kinds.items()]}
    wire = platform(account_of(feeds, of_media))
    pages = read(instagram(), wire, native_id="1784")
    by_id = {row["id"]: {m["name"] for m in row["data"]} for row in rows(pages, "media_insights")}
    assert "reposts" not in by_id["1"] | by_id["2"]
    assert {"views", "profile_visits"} <= by_id["2"]
    assert "reposts" in by_id["3"]
    assert [(r["native_metric"], r["media_product_type"]) for r in rows(pages, "metric_status")] == [
        ("reposts", "FEED")
    ]
    assert sum(path.endswith("/2/insights") for path in wire.paths) == 1


def test_the_metrics_of_a_page_come_before_the_page_that_a_later_run_resumes_behind(platform, read):
    pages = read(instagram(), platform(account_of({None: [media(1)], "two": [media(2)]})), native_id="1784")
    order = [(p.stream.name, p.number) for p in pages if p.stream.name.startswith("media")]
    assert order == [("media_insights", 1), ("media", 1), ("media_insights", 2), ("media", 2)]


def test_totals_are_asked_for_one_pacific_day_at_a_time_and_bear_their_day(platform, read, rows):
    wire = platform(account_of({None: []}))
    window = (datetime(2026, 10, 31, 8, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC))
    pages = read(instagram(), wire, native_id="1784", window=window)
    days = sorted({(r["window_start"], r["window_end"]) for r in rows(pages, "account_insights") if "total_value" in r})
    assert days == [
        ("2026-10-31T07:00:00+00:00", "2026-11-01T07:00:00+00:00"),
        ("2026-11-01T07:00:00+00:00", "2026-11-02T08:00:00+00:00"),  # the clocks go back: 25 hours
        ("2026-11-02T08:00:00+00:00", "2026-11-03T08:00:00+00:00"),
    ]
    totals = [q for q in wire.queries if q.get("metric_type") == "total_value"]
    assert len(totals) == 3
    assert {tuple(q["metric"].split(",")) for q in totals} == {TOTAL_METRICS}


def test_series_are_asked_for_30_days_at_a_time(platform, read):
    wire = platform(account_of({None: []}))
    read(instagram(), wire, native_id="1784", window=(NOW - timedelta(days=45), NOW))
    series = [q for q in wire.queries if q.get("metric_type") == "time_series"]
    assert len(series) == 2
    assert all(int(q["until"]) - int(q["since"]) <= 30 * 86400 + 3600 for q in series)


def test_a_rate_below_one_is_kept_as_it_is(platform, read, rows):
    def of_media(_request):
        return {"data": [{"name": "reels_skip_rate", "period": "lifetime", "values": [{"value": 0.25}]}]}

    pages = read(instagram(), platform(account_of({None: [media(1, "REELS")]}, of_media)), native_id="1784")
    assert rows(pages, "media_insights")[0]["data"][0]["values"] == [{"value": 0.25}]


def test_a_token_refused_between_two_media_ends_the_account_with_one_error(platform, read):
    def of_media(_request):
        return error(190, 463)

    wire = platform(account_of({None: [media(n) for n in range(5)]}, of_media))
    pages = []
    with pytest.raises(CredentialError):
        read(instagram(), wire, native_id="1784", into=pages)
    assert not any(page.complete for page in pages if page.stream.name == "media")


def test_stories_come_with_their_metrics_and_how_people_left_them(platform, read, rows):
    few = error(10, message="(#10) Not enough viewers for the media to show insights")
    parts = [{"dimension_values": ["tap_forward"], "value": 20}, {"dimension_values": ["tap_exit"], "value": 5}]
    split = {"value": 25, "breakdowns": [{"dimension_keys": ["story_navigation_action_type"], "results": parts}]}

    def of_media(request):
        names = request.url.params["metric"]
        assert "replies" not in names.split(",")  # always 0 in Europe
        if "/8/" in request.url.path:
            return few
        if names == "navigation":
            assert request.url.params["breakdown"] == "story_navigation_action_type"
            return {"data": [{"name": names, "period": "lifetime", "total_value": split}]}
        return lifetime(names)

    stories = [{"id": "7", "media_type": "IMAGE", "timestamp": "2026-11-20T08:00:00+0000", "caption": "x"},
               {"id": "8", "media_type": "VIDEO"}, {"id": 9}]  # fmt: skip
    pages = read(instagram(), platform(account_of({None: []}, of_media, stories)), native_id="1784")
    seen, few_viewers = rows(pages, "stories")
    assert {metric["name"] for metric in seen["data"]} == {*STORY_METRICS, "navigation"}
    assert [metric["total_value"] for metric in seen["data"] if metric["name"] == "navigation"] == [split]
    assert "caption" not in seen
    assert (few_viewers["id"], few_viewers["status"], "data" in few_viewers) == ("8", "not_offered", False)
    (page,) = [page for page in pages if page.stream.name == "stories"]
    assert (page.complete, [one.line for one in page.rejected]) == (True, [3])


def test_a_young_pull_reads_stories_only_when_they_are_due_and_an_account_without_any_counts_as_read(platform, read):
    wire = platform(account_of({None: []}))
    pages = read(instagram(), wire, native_id="1784", young_only_hours=48)
    assert {page.stream.name for page in pages} == {"media", "stories"}
    pages = read(instagram(), wire, native_id="1784", young_only_hours=48, stories=False)
    assert {page.stream.name for page in pages} == {"media"}


def test_comments_are_read_two_levels_deep_also_where_answers_do_not_fit_into_their_comment(platform, read, rows):
    def said(n, name, text="Hur gör man?"):
        return {"id": str(n), "text": text, "timestamp": f"2026-11-19T11:{n:02}:00+0000", "username": name,
                "from": {"id": f"id-{name}"}}  # fmt: skip

    inside = {"data": [said(21, "polisenexempel", "Så här.")], "paging": {"cursors": {"after": "more"}, "next": "x"}}

    def of_media(request):
        path = request.url.path
        if path.endswith("/1/comments"):
            return {"data": [{**said(20, "asker"), "replies": inside}]}
        if path.endswith("/20/replies"):
            assert request.url.params["after"] == "more"
            return {"data": [said(22, "asker", "Tack!")]}
        return lifetime(request.url.params["metric"])

    def play(request):
        known = request.url.path.endswith(("/comments", "/replies"))
        return (
            of_media(request)
            if known
            else account_of({None: [media(1), media(2, comments_count=0)]}, of_media)(request)
        )

    source = Instagram(
        InstagramSettings(token=SecretStr("EAAsentinelTOKEN0123456789")), Pseudonyms(SecretStr("k" * 32))
    )
    wire = platform(play)
    pages = read(source, wire, native_id="1784")
    found = rows(pages, "comments")
    assert [(row["id"], row.get("parent_id"), row["is_ours"]) for row in found] == [
        ("20", None, False), ("21", "20", True), ("22", "20", False),
    ]  # fmt: skip
    assert found[0]["author"] == found[2]["author"]
    assert not any(path.endswith("/2/comments") for path in wire.paths)
    assert b"asker" not in b"".join(row for page in pages for row in page.rows)
