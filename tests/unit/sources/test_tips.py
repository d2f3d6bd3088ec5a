from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from pipelines.errors import SourceError
from pipelines.settings import TipsSettings
from pipelines.sources.tips.client import Tips


def intake():
    return Tips(TipsSettings(base_url="https://intake.example.se/api", token=SecretStr("intakeSENTINEL012345")))


def tip(n, **fields):
    base = {"tip_id": f"t{n}", "received_hour": "2026-11-10T09:00:00Z", "unit": "north", "channel": "web_form"}
    return base | fields


def batch(*tips, cursor=None):
    return {"data": list(tips), "next_cursor": cursor, "complete": cursor is None}


def test_tips_are_read_page_by_page_and_only_the_last_page_is_complete(platform, read, rows):
    answers = {None: batch(tip(1), cursor="b"), "b": batch(cursor="c"), "c": batch(tip(2))}
    wire = platform(lambda request: answers[request.url.params.get("cursor")])
    pages = read(intake(), wire)
    assert [row["tip_id"] for row in rows(pages, "tips")] == ["t1", "t2"]
    assert [page.complete for page in pages] == [False, False, True]
    assert wire.paths == ["/api/tips"] * 3


def test_whole_local_days_are_asked_for_and_the_window_says_which(platform, read):
    wire = platform(lambda _r: batch())
    window = (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 26, 23, tzinfo=UTC))
    (page,) = read(intake(), wire, window=window)
    assert (wire.queries[0]["from"], wire.queries[0]["to"]) == ("2026-10-25", "2026-10-27")
    # 25 October 2026 has 25 hours in Stockholm.
    assert page.window == (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 26, 23, tzinfo=UTC))


def test_the_day_under_way_is_never_asked_for(platform, read):
    wire = platform(lambda _r: batch())
    read(intake(), wire, window=(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)))
    read(intake(), wire)
    assert [query["to"] for query in wire.queries] == ["2026-11-20", "2026-11-20"]


def test_an_end_that_does_not_say_it_is_complete_is_no_end(platform, read):
    wire = platform(lambda _r: {"data": [tip(1)], "next_cursor": None, "complete": False})
    with pytest.raises(SourceError, match="does not say it is complete"):
        read(intake(), wire)


@pytest.mark.parametrize(
    "poison",
    [
        {"channel": 7},
        {"received_hour": "2026-11-10T09:17:00Z"},
        {"received_hour": "2026-11-10T09:00:00"},
        {"tip_id": 7},
        {"tip_id": "t\u0000"},
    ],
)
def test_a_tip_that_is_not_what_it_should_be_is_put_aside_without_its_content(platform, read, rows, poison):
    pages = read(intake(), platform(lambda _r: batch(tip(1), tip(2, **poison))))
    assert [row["tip_id"] for row in rows(pages, "tips")] == ["t1"]
    (rejected,) = pages[0].rejected
    assert rejected.line == 2
    assert rejected.content is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"channel": "carrier pigeon 0701234567"}, {"channel": "other", "unknown_labels": 1}),
        ({"channel": "Web"}, {"channel": "web_form"}),
        ({"channel": " front-desk "}, {"channel": "front_desk"}),
        ({"channel": ""}, {}),
        ({"heard_via": "tiktok"}, {"channel": "web_form", "heard_via": "tiktok"}),
        ({"heard_via": "the neighbour"}, {"channel": "web_form", "heard_via": "other", "unknown_labels": 1}),
        ({"disposition": "solved"}, {"channel": "web_form", "unknown_labels": 1}),
        ({"channel": "y", "disposition": "z", "unknown_labels": 9}, {"channel": "other", "unknown_labels": 2}),
        (
            {"ref_code": " k7x2 ", "appeal_id": "0105-K1-26"},
            {"channel": "web_form", "ref_code": "k7x2", "appeal_id": "0105-K1-26"},
        ),
        ({"ref_code": "from the neighbour"}, {"channel": "web_form", "unknown_labels": 1}),
        ({"appeal_id": "x" * 65}, {"channel": "web_form", "unknown_labels": 1}),
    ],
)
def test_a_tip_counts_whatever_its_labels_say_and_unknown_ones_are_counted_and_not_kept(
    platform, read, rows, said, kept
):
    (row,) = rows(read(intake(), platform(lambda _r: batch(tip(1, **said)))), "tips")
    assert {name: value for name, value in row.items() if name not in ("tip_id", "received_hour", "unit")} == kept


def test_the_words_of_a_tip_never_leave_the_answer(platform, read):
    wire = platform(lambda _r: batch(tip(1, text="Det var grannen", phone="0701234567")))
    pages = read(intake(), wire)
    assert set(json.loads(pages[0].rows[0])) == {"tip_id", "received_hour", "unit", "channel"}


def test_a_young_pull_asks_the_intake_nothing(platform, read):
    wire = platform(lambda _r: batch())
    assert read(intake(), wire, young_only_hours=24) == []
    assert wire.asked == []
