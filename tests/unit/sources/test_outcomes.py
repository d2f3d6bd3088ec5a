"""Headers come from strangers: whatever they hold, a wait is a finite number of seconds or none."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.sources.graph import Error, Feed, GraphDialect
from pipelines.sources.outcomes import LONGEST_WAIT_S, Answer, Kind, asked_wait_s, judge_status, server_clock
from pipelines.sources.x.dialect import XDialect

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIMITS = ["x-app-usage", "x-business-use-case-usage", "x-rate-limit-remaining", "x-rate-limit-limit"]


def answer(status=429, envelope=None, malformed=False, **headers):
    return Answer(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        envelope=envelope,
        answered_at=NOON,
        is_malformed=malformed,
    )


@given(st.text(max_size=40), st.text(max_size=40))
@example("¹", "¹")
@example("9" * 400, "9" * 400)
@example("-5", "-5")
@example("Thu, 01 Jan 0001 00:00:00 -2359", "0")
@example("Fri, 31 Dec 9999 23:59:59 -0100", "99999999999")
@example("nan", "inf")
def test_a_wait_is_finite_and_not_negative_whatever_the_headers_hold(retry_after, reset):
    wait = asked_wait_s(answer(retry_after=retry_after, x_rate_limit_reset=reset))
    assert wait is None or (math.isfinite(wait) and 0 <= wait <= LONGEST_WAIT_S)


@given(st.text(max_size=40))
@example("Fri, 31 Dec 9999 23:59:59 -0100")
def test_a_date_that_cannot_be_read_falls_back_to_our_clock(text):
    found = server_clock({"date": text}, NOON)
    assert found.tzinfo is UTC


@given(st.text(max_size=80))
@example("[]")
@example('{"1": [{"call_count": "x"}]}')
@example("null")
def test_a_usage_header_that_cannot_be_read_says_nothing_and_breaks_nothing(text):
    found = answer(200, **{name.replace("-", "_"): text for name in LIMITS})
    GraphDialect().quotas("facebook_pages", found)
    XDialect().quotas("x", found)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "Fri, 20 Nov 2026 12:01:00 GMT"}, 60.0),
        ({"retry_after": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"x_rate_limit_reset": str(int((NOON + timedelta(seconds=60)).timestamp()))}, 61.0),
    ],
)
def test_the_wait_is_what_the_server_asks_for_on_its_own_clock(headers, wait):
    assert asked_wait_s(answer(**headers)) == wait


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, Kind.PERMANENT),
        (400, Kind.PERMANENT),
        (401, Kind.CREDENTIAL),
        (403, Kind.CREDENTIAL),
        (404, Kind.GONE),
        (408, Kind.TRANSIENT),
        (429, Kind.THROTTLED),
        (500, Kind.TRANSIENT),
        (599, Kind.TRANSIENT),
    ],
)
def test_a_status_without_an_error_object_decides_by_itself(status, kind):
    assert judge_status(answer(status)).kind is kind


@pytest.mark.parametrize(
    ("code", "subcode", "message", "kind"),
    [
        (190, 463, "", Kind.CREDENTIAL),
        (102, None, "", Kind.CREDENTIAL),
        (10, None, "", Kind.CREDENTIAL),
        (10, None, "Not enough viewers for the media to show insights", Kind.NOT_OFFERED),
        (200, None, "", Kind.CREDENTIAL),
        (299, None, "", Kind.CREDENTIAL),
        (300, None, "", Kind.PERMANENT),
        (4, None, "", Kind.THROTTLED),
        (80014, None, "", Kind.THROTTLED),
        (80015, None, "", Kind.PERMANENT),
        (100, 33, "", Kind.GONE),
        (100, None, "(#100) The value must be a valid insights metric", Kind.INVALID_METRIC),
        (100, None, "(#100) Tried accessing nonexisting field (insights)", Kind.NOT_OFFERED),
        (100, 2108006, "", Kind.NOT_OFFERED),
        (100, None, "", Kind.PERMANENT),
        (1, None, "", Kind.TRANSIENT),
        (1, None, "Please reduce the amount of data", Kind.REDUCE),
        (2, None, "", Kind.TRANSIENT),
        (368, None, "", Kind.PERMANENT),
        (None, None, "", Kind.PERMANENT),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_graph_decides_by_code_whatever_the_status(code, subcode, message, kind, status):
    envelope = Feed(error=Error(code=code, error_subcode=subcode, message=message))
    assert GraphDialect().judge(answer(status, envelope)).kind is kind


def test_an_unknown_graph_error_that_calls_itself_transient_is_tried_again():
    assert GraphDialect().judge(answer(400, Feed(error=Error(code=999, is_transient=True)))).kind is Kind.TRANSIENT
