"""The streams of an X account."""

from __future__ import annotations

from pipelines.sources.comments import comments_stream
from pipelines.sources.stream import Stream
from pipelines.sources.x import records

SOURCE = "x"

ACCOUNTS = Stream(source=SOURCE, name="accounts", record=records.Account, title="an account's figures")
POSTS = Stream(source=SOURCE, name="posts", record=records.Post, title="posts with their public metrics")
COMMENTS = comments_stream(SOURCE, "GET /2/tweets/search/recent?query=conversation_id:")

STREAMS = (ACCOUNTS, POSTS, COMMENTS)
