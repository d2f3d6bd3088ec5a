"""The streams of an X account."""

from __future__ import annotations

from dataclasses import replace

from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.comments import comments_stream
from pipelines.sources.stream import Stream
from pipelines.sources.x import records

SOURCE = "x"

CREDIT = Allowance(
    name="credit",
    period="month",
    unit="USD",
    note="X charges for every object read (prices of August 2026); the cap is `budgets: {x: {usd_per_month}}`",
)


def _window(name: str, limit: int) -> Cost:
    """A request to an endpoint that X counts by itself; an app token is often allowed more than the user's figure."""
    return Cost(Allowance(name=name, period="quarter_hour", limit=limit, header="x-rate-limit"), per_request=1)


_POSTS_WINDOW = _window("posts of an account", 900)

ACCOUNTS = Stream(
    source=SOURCE,
    name="accounts",
    record=records.Account,
    title="an account's figures",
    role="account",
    path="GET /2/users/{id}",
    cost=(_window("accounts", 300), Cost(CREDIT, per_object=0.010)),
    metrics=("followers_count", "following_count", "tweet_count", "listed_count"),
)
POSTS = Stream(
    source=SOURCE,
    name="posts",
    record=records.Post,
    title="posts with their public metrics",
    role="posts",
    path="GET /2/users/{id}/tweets",
    history="the newest 3,200",
    batch=100,
    cost=(_POSTS_WINDOW, Cost(CREDIT, per_object=0.005)),
    metrics=("impression_count", "like_count", "reply_count", "retweet_count", "quote_count", "bookmark_count"),
    post_key=("id", "edit_history_tweet_ids", "edit_history_post_ids"),
    prose=("text", "note_tweet", "note_post"),
)
OWN_POSTS = replace(POSTS, cost=(_POSTS_WINDOW, Cost(CREDIT, per_object=0.001)))
"""The same at the price for the account that owns the app."""
COMMENTS = comments_stream(
    SOURCE,
    "GET /2/tweets/search/recent?query=conversation_id:",
    batch=100,
    cost=(_window("recent search", 300), Cost(CREDIT, per_object=0.005)),
)

STREAMS = (ACCOUNTS, POSTS, COMMENTS)
