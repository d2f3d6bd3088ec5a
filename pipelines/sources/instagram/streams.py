"""The streams of an Instagram account."""

from __future__ import annotations

from pipelines.sources.comments import comments_stream
from pipelines.sources.instagram import records
from pipelines.sources.stream import Stream

SOURCE = "instagram"

ACCOUNTS = Stream(source=SOURCE, name="accounts", record=records.Account, title="an account's figures")
MEDIA = Stream(source=SOURCE, name="media", record=records.Media, title="posts, reels and albums")
MEDIA_INSIGHTS = Stream(
    source=SOURCE, name="media_insights", record=records.MediaInsights, title="lifetime metrics of each media"
)
ACCOUNT_INSIGHTS = Stream(
    source=SOURCE, name="account_insights", record=records.AccountInsight, kind="period", title="daily account metrics"
)
METRIC_STATUS = Stream(source=SOURCE, name="metric_status", record=records.MetricStatus, title="refused metrics")
COMMENTS = comments_stream(SOURCE, "GET /{media}/comments")

STREAMS = (ACCOUNTS, MEDIA, MEDIA_INSIGHTS, ACCOUNT_INSIGHTS, METRIC_STATUS, COMMENTS)
