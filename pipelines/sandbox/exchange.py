"""What the dialects are given and give back, without a word of HTTP servers."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipelines.sandbox.tokens import Tokens
    from pipelines.sandbox.world import World


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request.

    Args:
        path: with its leading slash, without the query.
        query: its parameters; of a repeated one the first, see `listed`.
        headers: lower-case names.
        base: the sandbox's own address, for the links in its answers.
        now: the world's instant, seconds UTC.
        faults: names of the faults that bend this answer's content.
        method: in capitals.
        raw_query: the query as it came, still encoded: LinkedIn's structures lose their meaning otherwise.
        body: what was sent.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str
    now: int
    faults: frozenset[str] = frozenset()
    method: str = "GET"
    raw_query: str = ""
    body: bytes = b""

    def listed(self, name: str) -> list[str]:
        """Every value of a parameter that may be repeated, as `id[]` or `part`."""
        if not self.raw_query:
            return [self.query[name]] if name in self.query else []
        return [value for key, value in parse_qsl(self.raw_query, keep_blank_values=True) if key == name]

    def form(self) -> dict[str, str]:
        """The fields of a form that was sent, as to an endpoint that gives tokens."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def bearer(self) -> str:
        """The token of the `Authorization` header; empty if there is none."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""


def token_of(ask: Ask) -> str:
    """The token of a request, wherever its platform wants it; empty if there is none."""
    return ask.bearer() or ask.headers.get("access-token", "") or ask.query.get("access_token", "")


@dataclass(kw_only=True)
class Answer:
    """One answer; `body` becomes JSON."""

    body: dict[str, Any] | list[Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


class RefusalError(Exception):
    """A dialect says no in its platform's words."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


@dataclass(frozen=True, kw_only=True)
class Served:
    """What all dialects share.

    Args:
        world: what they tell of.
        tokens: who may read what.
        page_cap: objects a page holds at most, whatever is asked for: pages may be shorter than `limit`.
        empty_pages: whether a crawl's third page is empty and yet names a next one, as real ones sometimes are.
        x_vocabulary: words of an answer when the request uses neither, "old" or "new".
        x_follows_request: whether X answers in the words of the request; else always in `x_vocabulary`.
        refused_metrics: Meta's metrics that these accounts do not accept, whatever the documentation says.
        facebook_breakdowns: whether a value asked for with a breakdown is an object, or stays a number.
        instagram_window_days: the longest span of account insights.
        instagram_long_periods: account metrics that accept the periods week and days_28.
        instagram_breakdown_case: "upper" or "lower": how values of a breakdown are written.
        bluesky_expired_status: HTTP status of Bluesky's ExpiredToken, 400 or 401.
        bluesky_public_limit: whether Bluesky's public AppView limits and tells its limits as a login server does.
        mastodon_wants_token: whether the Mastodon servers show nothing without a token.
        youtube_duration: "protobuf" or "iso": how videos:batchGetStats writes lengths.
        youtube_missing: what it does about a video that is gone: "omitted", "bare" (an id without figures), "refused".
        youtube_batch_kind: whether its answer says what it is.
        linkedin_newest_version: the newest that is served; later ones answer 426, as switched-off ones do.
        linkedin_negative_days: whether likes of a day may be below zero, or stop at it.
        linkedin_comments: "nested" (answers are asked for below a comment, which says how many it has), "bare" (it does
            not say) or "flat" (all in one list).
        linkedin_error_words: whether errors bear `code` and `serviceErrorCode`.
        tiktok_token_code: the Business API's number for a bad token.
        threads_error_type: the `type` of every error of Threads; empty leaves Graph's.
        threads_total_period: the period that a total over the window bears.
        app_secret: key of `appsecret_proof`; None accepts any proof.
        tips_extra_fields: the intake sends fields nobody asked for, with free text in them.
    """

    world: World
    tokens: Tokens
    page_cap: int = 50
    empty_pages: bool = True
    x_vocabulary: str = "new"
    x_follows_request: bool = True
    refused_metrics: frozenset[str] = frozenset()
    facebook_breakdowns: bool = True
    instagram_window_days: int = 30
    instagram_long_periods: frozenset[str] = frozenset({"reach"})
    instagram_breakdown_case: str = "upper"
    bluesky_expired_status: int = 400
    bluesky_public_limit: bool = False
    mastodon_wants_token: bool = False
    youtube_duration: str = "protobuf"
    youtube_missing: str = "omitted"
    youtube_batch_kind: bool = True
    linkedin_newest_version: str = "202608"
    linkedin_negative_days: bool = True
    linkedin_comments: str = "nested"
    linkedin_error_words: bool = True
    tiktok_token_code: int = 40105
    threads_error_type: str = ""
    threads_total_period: str = "day"
    app_secret: str | None = None
    tips_extra_fields: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fault in a platform's own words.

    Args:
        make: the refusal at an instant of the world, seconds UTC.
        says: what it is, one line.
    """

    make: Callable[[int], RefusalError]
    says: str


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One platform's way to be asked and to answer.

    Args:
        name: unique; a fault of a dialect strikes only requests to it.
        speaks: whether a request is this platform's, by its path and, where paths clash, by more.
        start: makes what answers; once per sandbox, so that a dialect may remember what it was asked.
        methods: HTTP methods it understands.
        refusals: its faults that stand instead of an answer.
        shapes: its faults that bend an answer (it finds them in `Ask.faults`), and what each is.
    """

    name: str
    speaks: Callable[[Ask], bool]
    start: Callable[[], Callable[[Ask, Served], Answer]]
    methods: frozenset[str] = frozenset({"GET"})
    refusals: Mapping[str, Refusal] = field(default_factory=dict[str, Refusal])
    shapes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One page of a feed: numbers, newest first, and the cursors around it."""

    numbers: list[int]
    before: str
    after: str
    has_next: bool


class CursorError(ValueError):
    """A cursor that we did not write."""


def _read_cursor(cursor: str) -> tuple[int, int]:
    try:
        page, key = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode().split(".")
        return int(page), int(key)
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise CursorError(cursor) from error


def write_cursor(page: int, key: int) -> str:
    """An opaque cursor: the page's number, and the number of the last object handed out."""
    return base64.urlsafe_b64encode(f"{page}.{key}".encode()).decode().rstrip("=")


def cut(
    numbers: Sequence[int], *, limit: int, cursor: str | None, served: Served, faults: frozenset[str] = frozenset()
) -> Slice:
    """One page of a feed, by position and not by count, so that what comes or goes between two pages moves nothing.

    The second page of a crawl is short, the third may be empty.

    Args:
        numbers: all objects there are, newest (highest) first.
        limit: objects asked for.
        cursor: where the page before ended; None for the first.
        served: for the page cap and the empty pages.
        faults: `duplicate_page` hands out the page before once more, `post_between_pages` its last object.

    Raises:
        CursorError: not a cursor of ours.
    """
    page, key = _read_cursor(cursor) if cursor else (0, 2**62)
    size = max(1, min(limit, served.page_cap))
    rest = [n for n in numbers if n < key]
    shown = rest[: max(1, size * 2 // 3) if page == 1 else size]
    if page == 2 and served.empty_pages and rest:
        shown = []
    last = shown[-1] if shown else key
    if page and "duplicate_page" in faults:
        shown, last = [n for n in numbers if n >= key][-size:], key
    elif page and "post_between_pages" in faults:
        shown = [n for n in numbers if n == key] + shown
    return Slice(
        numbers=shown,
        before=write_cursor(0, shown[0] + 1 if shown else key),
        after=write_cursor(page + 1, last),
        has_next=any(n < last for n in rest),
    )
