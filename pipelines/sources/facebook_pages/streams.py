"""The streams of a Facebook Page."""

from __future__ import annotations

from pipelines.sources.comments import comments_stream
from pipelines.sources.facebook_pages import records
from pipelines.sources.graph import CALLS
from pipelines.sources.stream import Stream

SOURCE = "facebook_pages"

ACCOUNTS = Stream(
    source=SOURCE, name="accounts", record=records.Account, title="a Page's figures", role="account", cost=CALLS
)
POSTS = Stream(
    source=SOURCE,
    name="posts",
    record=records.Post,
    title="posts with their lifetime metrics",
    role="posts",
    cost=CALLS,
    batch=100,
)
PAGE_INSIGHTS = Stream(
    source=SOURCE,
    name="page_insights",
    record=records.Insight,
    kind="period",
    title="daily metrics of a Page",
    role="account_series",
    cost=CALLS,
    calls=2,
)
METRIC_STATUS = Stream(
    source=SOURCE, name="metric_status", record=records.MetricStatus, title="refused metrics", role="metric_status"
)
COMMENTS = comments_stream(SOURCE, "GET /{post}/comments?filter=stream", cost=CALLS, batch=100)

STREAMS = (ACCOUNTS, POSTS, PAGE_INSIGHTS, METRIC_STATUS, COMMENTS)
