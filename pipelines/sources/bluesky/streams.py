"""The streams of a Bluesky account, and what the servers allow."""

from __future__ import annotations

from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.bluesky import records
from pipelines.sources.comments import comments_stream
from pipelines.sources.counter_checks import counter_checks_stream
from pipelines.sources.stream import Stream

SOURCE = "bluesky"

REQUESTS = Allowance(
    name="requests",
    period="five_minutes",
    limit=3000,
    per="host",
    header="ratelimit",
    note="a PDS's limit per address; the public AppView publishes none",
)
_ONE = (Cost(REQUESTS, per_request=1),)
EVERYTHING = "everything that stands"

ACCOUNTS = Stream(
    source=SOURCE,
    name="accounts",
    record=records.Account,
    title="an account's figures",
    role="account",
    path="GET /xrpc/app.bsky.actor.getProfile",
    cost=_ONE,
    metrics=("followersCount", "followsCount", "postsCount"),
)
POSTS = Stream(
    source=SOURCE,
    name="posts",
    record=records.Post,
    title="posts with their counters",
    role="posts",
    path="GET /xrpc/app.bsky.feed.getAuthorFeed",
    history=EVERYTHING,
    cost=_ONE,
    batch=100,
    metrics=("likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount"),
    post_key=("uri",),
    prose=("record.text",),
)
COMMENTS = comments_stream(SOURCE, "GET /xrpc/app.bsky.feed.getPostThread", history=EVERYTHING, cost=_ONE)
COUNTER_CHECKS = counter_checks_stream(
    SOURCE, "GET /xrpc/app.bsky.feed.getLikes, getRepostedBy, getQuotes, getPostThread", cost=_ONE, calls=14
)
"""Of three posts: their counters before and after, and four lists each."""

STREAMS = (ACCOUNTS, POSTS, COMMENTS, COUNTER_CHECKS)
ALLOWANCES = (REQUESTS,)
