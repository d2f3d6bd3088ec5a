"""The streams of a Mastodon account, and what its server allows."""

from __future__ import annotations

from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.comments import comments_stream
from pipelines.sources.counter_checks import counter_checks_stream
from pipelines.sources.mastodon import records
from pipelines.sources.stream import Stream

SOURCE = "mastodon"

REQUESTS = Allowance(
    name="requests",
    period="five_minutes",
    limit=300,
    per="host",
    header="x-ratelimit",
    note="the default of a server; its administrators may set another",
)
_ONE = (Cost(REQUESTS, per_request=1),)
EVERYTHING = "everything that the server keeps"

ACCOUNTS = Stream(
    source=SOURCE,
    name="accounts",
    record=records.Account,
    title="an account's figures",
    role="account",
    path="GET /api/v1/accounts/{id}",
    cost=_ONE,
    calls=2,
    metrics=("followers_count", "following_count", "statuses_count"),
)
POSTS = Stream(
    source=SOURCE,
    name="posts",
    record=records.Status,
    title="posts with their counters",
    role="posts",
    path="GET /api/v1/accounts/{id}/statuses",
    history=EVERYTHING,
    cost=_ONE,
    batch=40,
    metrics=("favourites_count", "reblogs_count", "replies_count", "quotes_count"),
    post_key=("id",),
    prose=("content", "spoiler_text", "uri", "url"),
)
COMMENTS = comments_stream(SOURCE, "GET /api/v1/statuses/{id}/context", history=EVERYTHING, cost=_ONE)
COUNTER_CHECKS = counter_checks_stream(
    SOURCE, "GET /api/v1/statuses/{id}/favourited_by, reblogged_by, quotes, context", cost=_ONE, calls=14
)
"""Of three posts: their counters before and after, and four lists each."""

STREAMS = (ACCOUNTS, POSTS, COMMENTS, COUNTER_CHECKS)
ALLOWANCES = (REQUESTS,)
