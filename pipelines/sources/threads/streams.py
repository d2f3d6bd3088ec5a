"""The streams of a Threads account."""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.comments import comments_stream
from pipelines.sources.graph import CALLS
from pipelines.sources.graph_records import AccountInsight, ObjectInsights, metric_status_stream
from pipelines.sources.stream import Stream
from pipelines.sources.threads import records

SOURCE = "threads"

POST_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
TOTAL_METRICS = ("likes", "replies", "reposts", "quotes", "clicks")

ACCOUNTS = Stream(
    source=SOURCE, name="accounts", record=records.Account, title="an account and its followers", role="account",
    path="GET /me?fields= and GET /me/threads_insights?metric=followers_count", cost=CALLS,
    metrics=("followers_count",),
)  # fmt: skip
POSTS = Stream(
    source=SOURCE, name="posts", record=records.Post, title="posts and reposts", role="posts",
    path="GET /me/threads?fields=", history="2024-04-13 on", cost=CALLS, batch=100,
    post_key=("id",), prose=("text", "permalink", "shortcode", "topic_tag"),
)  # fmt: skip
POST_INSIGHTS = Stream(
    source=SOURCE, name="post_insights", record=ObjectInsights, title="lifetime metrics of each post",
    role="post_metrics", path="GET /{post}/insights?metric=", cost=CALLS, batch=1, metrics=POST_METRICS,
    post_key=("id",),
)  # fmt: skip
ACCOUNT_INSIGHTS = Stream(
    source=SOURCE, name="account_insights", record=AccountInsight, kind="period",
    title="daily account metrics", role="account_series", path="GET /me/threads_insights?metric=&since=&until=",
    history="2024-04-13 on, whole from 2024-06-01", lag=timedelta(days=2), cost=CALLS, calls=30,
    metrics=("views", *TOTAL_METRICS),
)  # fmt: skip
METRIC_STATUS = metric_status_stream(SOURCE)
COMMENTS = comments_stream(SOURCE, "GET /{post}/conversation", cost=CALLS, batch=100)

STREAMS = (ACCOUNTS, POSTS, POST_INSIGHTS, ACCOUNT_INSIGHTS, METRIC_STATUS, COMMENTS)
