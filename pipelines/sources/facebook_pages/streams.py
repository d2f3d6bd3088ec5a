"""The streams of a Facebook Page."""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.comments import comments_stream
from pipelines.sources.facebook_pages import records
from pipelines.sources.graph import CALLS
from pipelines.sources.graph_records import metric_status_stream
from pipelines.sources.stream import Stream

SOURCE = "facebook_pages"

POST_METRICS = ("post_media_view", "post_total_media_view_unique", "post_clicks", "post_video_views")
PAGE_METRICS = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_total_actions",
    "page_views_total",
    "page_follows",
    "page_daily_follows",
    "page_daily_unfollows_unique",
    "page_video_views",
    "page_video_view_time",
)

ACCOUNTS = Stream(
    source=SOURCE,
    name="accounts",
    record=records.Account,
    title="a Page's figures",
    role="account",
    path="GET /{page}?fields=",
    cost=CALLS,
    metrics=("fan_count", "followers_count", "talking_about_count"),
)
POSTS = Stream(
    source=SOURCE,
    name="posts",
    record=records.Post,
    title="posts with their lifetime metrics",
    role="posts",
    path="GET /{page}/published_posts?fields=",
    history="about 600 posts a year",
    window=timedelta(days=90),
    cost=CALLS,
    batch=100,
    metrics=("reactions", "comments", "shares", *POST_METRICS),
    post_key=("id",),
    prose=("message", "story", "permalink_url", "parent_id"),
)
PAGE_INSIGHTS = Stream(
    source=SOURCE,
    name="page_insights",
    record=records.Insight,
    kind="period",
    title="daily metrics of a Page",
    role="account_series",
    path="GET /{page}/insights?period=day",
    history="2 years",
    window=timedelta(days=90),
    lag=timedelta(days=3),
    cost=CALLS,
    calls=2,
    metrics=PAGE_METRICS,
)
METRIC_STATUS = metric_status_stream(SOURCE)
COMMENTS = comments_stream(SOURCE, "GET /{post}/comments?filter=stream", cost=CALLS, batch=100)

STREAMS = (ACCOUNTS, POSTS, PAGE_INSIGHTS, METRIC_STATUS, COMMENTS)
