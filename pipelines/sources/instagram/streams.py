"""The streams of an Instagram account."""

from __future__ import annotations

from pipelines.sources.comments import comments_stream
from pipelines.sources.graph import CALLS
from pipelines.sources.instagram import records
from pipelines.sources.stream import Stream

SOURCE = "instagram"

ACCOUNTS = Stream(
    source=SOURCE, name="accounts", record=records.Account, title="an account's figures", role="account", cost=CALLS
)
MEDIA = Stream(
    source=SOURCE,
    name="media",
    record=records.Media,
    title="posts, reels and albums",
    role="posts",
    cost=CALLS,
    batch=100,
)
MEDIA_INSIGHTS = Stream(
    source=SOURCE,
    name="media_insights",
    record=records.MediaInsights,
    title="lifetime metrics of each media",
    role="post_metrics",
    cost=CALLS,
    batch=1,
)
ACCOUNT_INSIGHTS = Stream(
    source=SOURCE,
    name="account_insights",
    record=records.AccountInsight,
    kind="period",
    title="daily account metrics",
    role="account_series",
    cost=CALLS,
    calls=30,
)
METRIC_STATUS = Stream(
    source=SOURCE, name="metric_status", record=records.MetricStatus, title="refused metrics", role="metric_status"
)
COMMENTS = comments_stream(SOURCE, "GET /{media}/comments", cost=CALLS, batch=100)

STREAMS = (ACCOUNTS, MEDIA, MEDIA_INSIGHTS, ACCOUNT_INSIGHTS, METRIC_STATUS, COMMENTS)
