"""Answers of platforms: bodies read strictly and salvaged, their meaning, and what their headers ask of us.

An input is a byte that says which envelope, one that says which status, headers (a line each, then an empty one), body.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from pipelines.sources import graph, outcomes, verbatim
from pipelines.sources.bluesky import dialect as bluesky
from pipelines.sources.bodies import decode
from pipelines.sources.linkedin import dialect as linkedin
from pipelines.sources.mastodon import dialect as mastodon
from pipelines.sources.salvage import salvage
from pipelines.sources.tiktok import dialect as tiktok
from pipelines.sources.tips import client as tips
from pipelines.sources.x import dialect as x
from pipelines.sources.youtube import dialect as youtube

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
_POSTS = b'{"data":[{"id":"1"}],"paging":{"next":"x","cursors":{"after":"y"}}}'
_DENIED = b'{"error":{"message":"m","code":190,"error_subcode":463},"id":"1"}'
_SPENT = b'{"data":[{"id":"1"}],"meta":{"result_count":1},"errors":[{"type":"t/credits"}]}'
_USED_UP = b'{"kind":"k","items":[{}],"error":{"errors":[{"reason":"quotaExceeded"}]}}'
SPOKEN = (
    (graph.GraphDialect, (graph.Feed, graph.Node), _POSTS),
    (graph.GraphDialect, (graph.Node, graph.Feed), _DENIED),
    (x.XDialect, (x.Posts, x.User), _SPENT),
    (x.XDialect, (x.User,), b'{"data":{"id":"1"}}'),
    (mastodon.MastodonDialect, (mastodon.Statuses, mastodon.Context), b'[{"id":"1"},{"id":"2"}]'),
    (mastodon.MastodonDialect, (mastodon.Context,), b'{"descendants":[{"id":"1"}],"error":null}'),
    (bluesky.BlueskyDialect, (bluesky.Feed, bluesky.Profile), b'{"feed":[{"post":{}}],"cursor":"c"}'),
    (bluesky.BlueskyDialect, (bluesky.Thread,), b'{"thread":{"post":{}},"error":"ExpiredToken","message":"m"}'),
    (tiktok.TikTokDialect, (tiktok.Page,), b'{"data":{"videos":[{"id":"1"}],"cursor":1,"has_more":true},"code":0}'),
    (tiktok.TikTokDialect, (tiktok.Profile, tiktok.UserInfo), b'{"data":{"a":1},"error":{"code":"ok"}}'),
    (linkedin.LinkedInDialect, (linkedin.Elements, linkedin.Size), b'{"elements":[{}],"paging":{"start":0,"count":1}}'),
    (youtube.GoogleDialect, (youtube.Items,), _USED_UP),
    (youtube.GoogleDialect, (youtube.Report,), b'{"columnHeaders":[{"name":"day"}],"rows":[["2026-03-01",1]]}'),
    (tips.IntakeDialect, (tips.Batch,), b'{"data":[{"id":"1"}],"next_cursor":"a","complete":false}'),
)  # fmt: skip
STATUSES = (200, 200, 200, 204, 301, 400, 401, 402, 403, 404, 408, 410, 429, 500, 503, 599)
HEADERS = (
    b"retry-after: 120", b"retry-after: Sun, 01 Mar 2026 09:02:00 GMT", b"date: Sun, 01 Mar 2026 09:00:00 GMT",
    b"x-rate-limit-reset: 1772355600", b"x-rate-limit-limit: 300", b"x-rate-limit-remaining: 0",
    b"x-ratelimit-reset: 2026-03-01T09:05:00Z", b"x-ratelimit-limit: 300", b"x-ratelimit-remaining: 2",
    b"ratelimit-reset: 1772355600", b"ratelimit-limit: 3000", b"ratelimit-remaining: 1",
    b"ratelimit-policy: 3000;w=300",
    b'x-app-usage: {"call_count":28,"total_time":25,"total_cputime":25}',
    b'x-business-use-case-usage: {"1":[{"type":"pages","call_count":95,"estimated_time_to_regain_access":19}]}',
    b'link: <https://a.example/api?max_id=7>; rel="next"',
)  # fmt: skip
HOSTILE = (
    b"retry-after: " + b"9" * 400, b"retry-after: Fri, 31 Dec 9999 23:59:59 -1200", b"x-rate-limit-reset: 99999999999",
    b"x-ratelimit-reset: 0001-01-01T00:00:00+14:00", b'x-app-usage: {"call_count":1e400}',
    b"date: Mon, 1 Jan 1 0:0:0 +1400",
    b'x-business-use-case-usage: {"1":[{"estimated_time_to_regain_access":9223372036854775807}]}',
)  # fmt: skip
WORDS = (
    *(header.partition(b" ")[0] for header in HEADERS),
    b"\n\n", b'"data":', b'"error":', b"null", b"[{}]", b"NaN", rb'"\ud83d"', b"\xff", b"1e400",
    b"\xef\xbb\xbf", b"[[[[",
    b'"meta":', b'"elements":', b'"items":', b'"feed":', b"9999999999", b"-1", b"GMT", b'{"1":',
)  # fmt: skip


def corpus() -> Iterator[bytes]:
    """A sound answer of each kind with each kind of header in turn, and one of each that was cut off or poisoned."""
    for place, (_, _, body) in enumerate(SPOKEN):
        for turn, header in enumerate(HEADERS):
            if turn % len(SPOKEN) == place % len(SPOKEN):
                yield bytes([place, turn]) + header + b"\n\n" + body
        yield bytes([place, 0]) + b"\n\n" + body
        yield bytes([place, 0]) + b"\n\n" + body.replace(b'"1"', rb'"\ud83d"').replace(b"{}", b"NaN")
        yield bytes([place, 12]) + HOSTILE[place % len(HOSTILE)] + b"\n\n" + body
        yield bytes([place, 12]) + HEADERS[place] + b"\n\n" + body[:-3]


def check(data: bytes) -> None:
    """Every answer has one meaning and bounded waits; none is fine that could not be read."""
    place, number = data[0] if data else 0, data[1] if len(data) > 1 else 0
    head, _, body = data[2:].partition(b"\n\n")
    dialect, envelopes, _ = SPOKEN[place % len(SPOKEN)]
    for envelope in envelopes:
        found, problem, is_malformed = decode(body, envelope)
        assert (found is None) or isinstance(found, envelope)
        assert found is not None or problem, "nothing was read, and nobody says why"
        assert not (is_malformed and found is not None)
        _check_salvage(body, envelope)
        _check_meaning(dialect(), number, _headers(head), (found, problem, is_malformed))


def _headers(head: bytes) -> dict[str, str]:
    parts = (line.partition(b":") for line in head.split(b"\n"))
    return {name.decode("latin-1").strip().lower(): value.decode("latin-1").strip() for name, _, value in parts}


def _check_meaning(dialect: Any, number: int, headers: dict[str, str], read: tuple[Any, str, bool]) -> None:
    answered_at = outcomes.server_clock(headers, NOW)
    assert answered_at.utcoffset() == timedelta(0)
    envelope, problem, is_malformed = read
    answer = outcomes.Answer(
        status=STATUSES[number % len(STATUSES)], headers=headers, envelope=envelope,
        answered_at=answered_at, problem=problem, is_malformed=is_malformed,
    )  # fmt: skip
    outcome = dialect.judge(answer)
    assert isinstance(outcome.kind, outcomes.Kind)
    assert outcome.wait_s is None or 0 <= outcome.wait_s <= outcomes.LONGEST_WAIT_S, f"a wait of {outcome.wait_s} s"
    if outcome.kind is outcomes.Kind.OK:
        assert 200 <= answer.status < 300 and envelope is not None, "an answer that could not be read is fine"
        assert envelope.flaw() is None
    for quota in dialect.quotas("s", answer):
        assert quota.used_ratio is None or math.isfinite(quota.used_ratio), f"used {quota.used_ratio}"
        assert 0 <= quota.wait_s <= outcomes.LONGEST_WAIT_S, f"a quota's wait of {quota.wait_s} s"
        assert quota.resets_at is None or quota.resets_at.utcoffset() == timedelta(0)


def _check_salvage(body: bytes, envelope: Any) -> None:
    """Where the strict reader is content, the forgiving one says the same; what it reads is read whole."""
    loose = salvage(body, envelope)
    try:
        found = msgspec.json.decode(body, type=envelope)
        sent, is_doubtful = verbatim.glance(body)
        json.dumps(sent, ensure_ascii=False, allow_nan=False).encode()  # what nobody asks for may be poisoned
    except (ValueError, RecursionError):
        return
    holders = [field.name for field in msgspec.structs.fields(envelope) if field.type is msgspec.Raw]
    is_list = isinstance(sent, dict) and any(isinstance(sent.get(name), list) for name in holders)
    if is_doubtful or is_list or _depth(sent) >= verbatim.DEEPEST:
        return  # a list instead of one object is left to the allow-list, or refused: both are loud
    assert loose is not None, "the forgiving reader refuses what the strict one reads"
    for field in msgspec.structs.fields(envelope):
        assert _plain(getattr(loose, field.name)) == _plain(getattr(found, field.name)), f"{field.name} differs"


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Raw):
        return verbatim.read(bytes(value)) if bytes(value) else None
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return value


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
