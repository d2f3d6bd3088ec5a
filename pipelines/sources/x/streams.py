"""The streams of an X account."""

from __future__ import annotations

from pipelines.sources.stream import Stream
from pipelines.sources.x import records

SOURCE = "x"

ACCOUNTS = Stream(source=SOURCE, name="accounts", record=records.Account, title="an account's figures")
POSTS = Stream(source=SOURCE, name="posts", record=records.Post, title="posts with their public metrics")

STREAMS = (ACCOUNTS, POSTS)
