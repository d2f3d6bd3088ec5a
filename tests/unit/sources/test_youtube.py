from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.settings import YouTubeSettings
from pipelines.sources.base import Resume
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.http import GoneError
from pipelines.sources.outcomes import Answer, Kind
from pipelines.sources.youtube.client import YouTube
from pipelines.sources.youtube.dialect import Failure, GoogleDialect, Items, Problem

UC = "UCexempel0000000000000001"
KEY, TOKEN = SecretStr("AIzaSentinelKEY0123456789"), SecretStr("ya29.sentinelTOKEN0123456789")
CHANNEL = {
    "kind": "youtube#channelListResponse",
    "items": [{
        "id": UC, "snippet": {"title": "Polisen", "customUrl": "@polisen", "country": "SE"},
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": "UUx"}},
        "statistics": {"viewCount": "1204311", "subscriberCount": "12300", "hiddenSubscriberCount": False,
                       "videoCount": "214"},
    }],
}  # fmt: skip


def source(*, pseudonyms=None, **settings):
    return YouTube(YouTubeSettings(**({"api_key": KEY} | settings)), pseudonyms)


def upload(name, published="2026-11-10T08:00:00Z"):
    dated = {"videoPublishedAt": published} if published else {}
    return {"contentDetails": {"videoId": name, **dated}, "snippet": {"title": "Larma 112", "tags": ["x"]}}


def stat(name, **statistics):
    return {"id": name, "contentDetails": {"duration": "123s"}, "statistics": {"viewCount": "5310", **statistics}}


def listed(*items, token=None):
    return {"kind": "youtube#list", "items": list(items)} | ({"nextPageToken": token} if token else {})


def refused(status, reason, message="..."):
    return (status, {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}})


def channel(**answers):
    """A platform that answers by the last part of the path; a function is given the query."""

    def play(request):
        what = request.url.path.rpartition("/")[2].replace(":", "_")
        answer = answers.get(what, CHANNEL if what == "channels" else listed())
        return answer(dict(request.url.params)) if callable(answer) else answer

    return play


def batch(query):
    return listed(*(stat(name) for name in query["id"].split(",")))


def test_the_channel_its_uploads_and_their_figures_are_read_as_numbers_and_nothing_else_is_kept(platform, read, rows):
    stats = listed(stat("aa1", likeCount="88", commentCount="0"), stat("aa2"))
    uploads = {
        None: listed(upload("aa1"), token="p2"),
        "p2": listed(token="p3"),
        "p3": listed(upload("aa2")),
    }
    play = channel(
        playlistItems=lambda query: uploads[query.get("pageToken")],
        videos_batchGetStats=lambda query: listed(*(s for s in stats["items"] if s["id"] in query["id"])),
    )
    pages = read(source(), platform(play), native_id=UC)
    (account,) = rows(pages, "accounts")
    assert account == {
        "id": UC, "snippet": {"title": "Polisen", "customUrl": "@polisen"},
        "statistics": {"viewCount": 1204311, "subscriberCount": 12300, "hiddenSubscriberCount": False,
                       "videoCount": 214},
    }  # fmt: skip
    assert [row["contentDetails"]["videoId"] for row in rows(pages, "posts")] == ["aa1", "aa2"]
    assert "tags" not in json.dumps(rows(pages, "posts"))
    assert rows(pages, "videos") == [
        {"id": "aa1", "contentDetails": {"duration": "123s"},
         "statistics": {"viewCount": 5310, "likeCount": 88, "commentCount": 0}},
        {"id": "aa2", "contentDetails": {"duration": "123s"}, "statistics": {"viewCount": 5310}},
    ]  # fmt: skip
    listing = [page for page in pages if page.stream.name == "posts"]
    assert [(p.number, p.next_cursor, p.complete) for p in listing] == [
        (1, "p2", False),
        (2, "p3", False),
        (3, None, True),
    ]


@pytest.mark.parametrize("figure", ["1e3", "-1", " 12", "", "12.0", "99999999999999999999", True, None])
def test_a_text_that_is_no_whole_number_is_put_aside_and_not_guessed(platform, read, figure):
    play = channel(playlistItems=listed(upload("aa1")), videos_batchGetStats=listed(stat("aa1", likeCount=figure)))
    (page,) = [p for p in read(source(), platform(play), native_id=UC) if p.stream.name == "videos"]
    assert (len(page.rows), len(page.rejected)) == ((1, 0) if figure is None else (0, 1))


def test_the_key_travels_in_its_header_and_the_token_to_the_reports_only(platform, read):
    wire = platform(channel(reports={"columnHeaders": [{"name": "day"}]}))
    read(source(tokens={UC: TOKEN}), wire, native_id=UC)
    for request in wire.asked:
        is_report = request.url.path == "/v2/reports"
        assert request.headers.get("x-goog-api-key") == (None if is_report else KEY.get_secret_value())
        assert request.headers.get("authorization") == (f"Bearer {TOKEN.get_secret_value()}" if is_report else None)
        assert "sentinel" not in str(request.url).lower()
    assert {request.url.host for request in wire.asked} == {
        "youtube.googleapis.com", "youtubeanalytics.googleapis.com",
    }  # fmt: skip


def test_without_a_token_the_days_are_not_asked_for_and_the_check_says_so(platform, read):
    wire = platform(channel())
    read(source(), wire, native_id=UC)
    assert "/v2/reports" not in wire.paths


def test_the_list_ends_at_the_first_page_without_anything_young_enough(platform, read, rows):
    old = "2026-01-01T08:00:00Z"
    uploads = {
        None: listed(upload("aa1"), upload("aa2", old), token="p2"),
        "p2": listed(upload("aa3", old), token="p3"),
    }
    play = channel(playlistItems=lambda query: uploads[query.get("pageToken")], videos_batchGetStats=batch)
    pages = read(source(), platform(play), native_id=UC)
    assert [row["contentDetails"]["videoId"] for row in rows(pages, "posts")] == ["aa1"]
    assert [row["id"] for row in rows(pages, "videos")] == ["aa1"]
    last = [page for page in pages if page.stream.name == "posts"][-1]
    assert (last.complete, last.next_cursor) == (True, None)


@pytest.mark.parametrize(
    "batched", [listed(stat("aa1")), listed(stat("aa1"), {"id": "aa2"}), refused(404, "videoNotFound")]
)
def test_a_video_is_gone_only_if_the_second_look_misses_it_too(platform, read, rows, batched):
    play = channel(
        playlistItems=listed(upload("aa1"), upload("aa2", None), upload("aa3")),
        videos_batchGetStats=batched,
        videos=lambda query: listed(*(stat(n) for n in query["id"].split(",") if n in ("aa1", "aa3"))),
    )
    pages = read(source(), platform(play), native_id=UC)
    found = {row["id"]: row.get("status") for row in rows(pages, "videos")}
    assert found == {"aa1": None, "aa2": "not_found", "aa3": None}


def test_a_video_with_an_unreadable_id_makes_no_other_seem_gone(platform, read, rows):
    play = channel(playlistItems=listed(upload("aa1"), upload("aa2")),
                   videos_batchGetStats=listed(stat("aa1"), stat(17)))  # fmt: skip
    pages = read(source(), platform(play), native_id=UC)
    assert [row["id"] for row in rows(pages, "videos")] == ["aa1"]
    assert sum(len(page.rejected) for page in pages) == 1


def test_the_batch_can_be_left_out(platform, read):
    wire = platform(channel(playlistItems=listed(upload("aa1")), videos=batch))
    read(source(stats="list"), wire, native_id=UC)
    assert [path.rpartition("/")[2] for path in wire.paths] == ["channels", "playlistItems", "videos"]


def test_an_interrupted_list_goes_on_where_it_stopped(platform, read):
    wire = platform(channel(playlistItems=listed(upload("aa1")), videos_batchGetStats=batch))
    pages = read(source(), wire, native_id=UC, resume={"posts": Resume(cursor="p4", number=4)})
    assert wire.queries[1]["pageToken"] == "p4"
    assert [p.number for p in pages if p.stream.name == "posts"] == [4]


def test_a_channel_without_videos_is_whole_and_one_that_is_not_there_is_an_error(platform, read):
    empty = json.loads(json.dumps(CHANNEL))
    empty["items"][0]["statistics"]["videoCount"] = "0"
    play = channel(channels=empty, playlistItems=refused(404, "playlistNotFound"))
    (page,) = [p for p in read(source(), platform(play), native_id=UC) if p.stream.name == "posts"]
    assert (page.rows, page.complete) == ([], True)
    with pytest.raises(GoneError, match="no YouTube channel"):
        read(source(), platform(channel(channels={"kind": "youtube#channelListResponse"})), native_id=UC)


def test_a_missing_list_of_uploads_of_a_channel_with_videos_is_no_empty_list(platform, read):
    with pytest.raises(GoneError):
        read(source(), platform(channel(playlistItems=refused(404, "playlistNotFound"))), native_id=UC)


HEADS = [{"name": name, "columnType": "x"} for name in ("day", "views", "likes")]


def test_days_are_pacific_and_over_and_come_by_the_heads_of_their_columns(platform, read, rows):
    report = {"columnHeaders": HEADS, "rows": [["2026-11-16", 120, -1], ["2026-11-17", 133, 0]]}
    wire = platform(channel(reports=report))
    window = (datetime(2026, 11, 1, 7, tzinfo=UTC), datetime(2026, 11, 20, 7, 59, tzinfo=UTC))
    pages = read(source(tokens={UC: TOKEN}), wire, native_id=UC, window=window)
    assert rows(pages, "days") == [
        {"day": "2026-11-16", "views": 120, "likes": -1}, {"day": "2026-11-17", "views": 133, "likes": 0},
    ]  # fmt: skip
    (page,) = [page for page in pages if page.stream.name == "days"]
    # the first day of the 25 hours that the clocks give back; the 19th is not over yet in California
    assert page.window == (datetime(2026, 11, 1, 7, tzinfo=UTC), datetime(2026, 11, 19, 8, tzinfo=UTC))
    assert (wire.queries[-1]["startDate"], wire.queries[-1]["endDate"]) == ("2026-11-01", "2026-11-18")
    assert wire.queries[-1]["ids"] == f"channel=={UC}"


def test_no_rows_is_no_data_and_a_table_without_days_is_an_error(platform, read, rows):
    settings = {"tokens": {UC: TOKEN}}
    assert (
        rows(read(source(**settings), platform(channel(reports={"columnHeaders": HEADS})), native_id=UC), "days") == []
    )
    strange = {"columnHeaders": HEADS[1:], "rows": [[1, 2]]}
    with pytest.raises(SourceError, match="head"):
        read(source(**settings), platform(channel(reports=strange)), native_id=UC)


def test_a_metric_that_is_refused_costs_no_other(platform, read, rows):
    def report(query):
        names = query["metrics"].split(",")
        if "engagedViews" in names:
            return refused(400, "badRequest", "Unknown identifier (engagedViews) given in field parameters.metrics.")
        return {"columnHeaders": [{"name": n} for n in ["day", *names]], "rows": [["2026-11-16", *(7 for _ in names)]]}

    pages = read(source(tokens={UC: TOKEN}), platform(channel(reports=report)), native_id=UC)
    (day,) = rows(pages, "days")
    assert len(day) == 9
    assert [(row["native_metric"], row["status"]) for row in rows(pages, "metric_status")] == [
        ("engagedViews", "not_offered")
    ]


def comment(name, author, at="2026-11-11T10:00:00Z", text="När öppnar ni?", parent=None):
    who = {"authorChannelId": {"value": author}} if author else {}
    return {"id": name, "snippet": {"textDisplay": text, "authorDisplayName": "@canary", "publishedAt": at, **who}
            | ({"parentId": parent} if parent else {})}  # fmt: skip


def thread(first, *answers, more=0):
    return {"id": first["id"], "snippet": {"topLevelComment": first, "totalReplyCount": len(answers) + more},
            "replies": {"comments": list(answers)}}  # fmt: skip


TALK = {
    "playlistItems": listed(upload("aa1"), upload("aa2"), upload("aa3", "2026-10-30T08:00:00Z")),
    "videos_batchGetStats": listed(stat("aa1", commentCount="9"), stat("aa2"), stat("aa3", commentCount="9")),
}


def test_comments_come_without_words_and_names_and_with_all_their_answers(platform, read, rows):
    threads = {
        None: listed(thread(comment("T1", "UCa"), comment("T1.1", UC, text="Hej!", parent="T1"), more=1), token="p2"),
        "p2": listed(thread(comment("T2", None)), {"id": 17}, thread(comment("T3", "UCb", at="some day"))),
    }
    answers = listed(comment("T1.1", UC, text="Hej!", parent="T1"), comment("T1.2", "UCa", parent="T1"))
    play = channel(**TALK, commentThreads=lambda query: threads[query.get("pageToken")], comments=answers)
    wire = platform(play)
    pages = read(source(pseudonyms=Pseudonyms(SecretStr("k" * 32))), wire, native_id=UC)
    said = {row["id"]: row for row in rows(pages, "comments")}
    assert said.keys() == {"T1", "T1.1", "T1.2", "T2"}
    assert {name for name, row in said.items() if row["is_ours"]} == {"T1.1"}
    assert said["T1"]["author"] == said["T1.2"]["author"] != "UCa"
    assert (said["T1"]["post_id"], said["T1"]["kind"], said["T1.2"]["parent_id"]) == ("aa1", "question", "T1")
    assert "author" not in said["T2"]
    assert sum(len(page.rejected) for page in pages) == 2
    assert not any(word in row for page in pages for row in page.rows for word in (b"canary", b"UCa", "När".encode()))
    # comments are off under aa2, and aa3 is older than comments are asked for
    assert {query["videoId"] for query in wire.queries if "videoId" in query} == {"aa1"}
    assert {query.get("textFormat") for query in wire.queries if "videoId" in query} == {"plainText"}


@pytest.mark.parametrize("no", [refused(403, "commentsDisabled"), refused(404, "videoNotFound")])
def test_a_video_whose_comments_cannot_be_read_costs_nothing_else(platform, read, rows, no):
    pages = read(
        source(pseudonyms=Pseudonyms(SecretStr("k" * 32))), platform(channel(**TALK, commentThreads=no)), native_id=UC
    )
    assert len(rows(pages, "videos")) == 3
    assert rows(pages, "comments") == []


def test_used_up_units_put_the_source_off_until_midnight_in_california(platform, read):
    wire = platform(channel(channels=refused(403, "quotaExceeded")))
    with pytest.raises(DeferredError, match="quotaExceeded") as caught:
        read(source(), wire, native_id=UC)
    assert len(wire.asked) == 1
    assert caught.value.seconds == pytest.approx(20 * 3600, rel=0.11)  # it is noon UTC; midnight there is at 8


@pytest.mark.parametrize(
    ("no", "asked"),
    [
        (refused(401, "authError"), 1),
        (refused(403, "forbidden"), 1),
        ((400, {"error": {"code": 400, "message": "API key not valid.", "errors": [{"reason": "badRequest"}],
                          "details": [{"@type": "x", "reason": "API_KEY_INVALID"}]}}), 1),
    ],
)  # fmt: skip
def test_a_refused_credential_is_asked_with_once(platform, read, no, asked):
    wire = platform(channel(channels=no))
    with pytest.raises(CredentialError):
        read(source(), wire, native_id=UC)
    assert len(wire.asked) == asked


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (403, "rateLimitExceeded", Kind.THROTTLED),
        (403, "userRateLimitExceeded", Kind.THROTTLED),
        (429, "unheardOf", Kind.THROTTLED),
        (500, "backendError", Kind.TRANSIENT),
        (200, "backendError", Kind.TRANSIENT),
        (400, "invalidPageToken", Kind.PERMANENT),
    ],
)
def test_reasons_decide_and_the_status_second(status, reason, kind):
    envelope = Items(error=Failure(errors=[Problem(reason)]))
    judged = GoogleDialect().judge(Answer(status=status, headers={}, envelope=envelope, answered_at=datetime.now(UTC)))
    assert (judged.kind, judged.is_used_up) == (kind, False)
