"""The streams of an Instagram account."""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.comments import comments_stream
from pipelines.sources.graph import CALLS
from pipelines.sources.graph_records import AccountInsight, ObjectInsights, metric_status_stream
from pipelines.sources.instagram import records
from pipelines.sources.stream import Stream

SOURCE = "instagram"

COMMON_METRICS = ("views", "reach", "total_interactions", "likes", "comments", "saved", "shares")
MEDIA_METRICS: dict[str, tuple[str, ...]] = {
    "FEED": (*COMMON_METRICS, "reposts", "follows", "profile_visits"),
    "REELS": (*COMMON_METRICS, "reposts", "ig_reels_avg_watch_time", "ig_reels_video_view_total_time"),
}
"""Lifetime metrics by product type; a type that is not here is asked for what all have in common."""
STORY_METRICS = (
    "views",
    "reach",
    "total_interactions",
    "shares",
    "reposts",
    "follows",
    "profile_visits",
    "link_clicks",
)
"""Lifetime metrics of stories; `replies` is always 0 in Europe, and is not asked for."""
SERIES_METRICS = ("reach", "follower_count")
TOTAL_METRICS = (
    "views",
    "accounts_engaged",
    "total_interactions",
    "likes",
    "comments",
    "saves",
    "shares",
    "replies",
    "reposts",
    "profile_links_taps",
)

ACCOUNTS = Stream(
    source=SOURCE,
    name="accounts",
    record=records.Account,
    title="an account's figures",
    role="account",
    path="GET /{ig-user}?fields=",
    cost=CALLS,
    metrics=("followers_count", "follows_count", "media_count"),
)
MEDIA = Stream(
    source=SOURCE,
    name="media",
    record=records.Media,
    title="posts, reels and albums",
    role="posts",
    path="GET /{ig-user}/media?fields=",
    history="about 10,000 newest",
    cost=CALLS,
    batch=100,
    metrics=("like_count", "comments_count"),
    post_key=("id",),
    prose=("caption", "permalink", "shortcode"),
)
MEDIA_INSIGHTS = Stream(
    source=SOURCE,
    name="media_insights",
    record=ObjectInsights,
    title="lifetime metrics of each media",
    role="post_metrics",
    path="GET /{media}/insights?metric=",
    lag=timedelta(hours=48),
    cost=CALLS,
    batch=1,
    metrics=tuple(sorted({metric for group in MEDIA_METRICS.values() for metric in group})),
    post_key=("id",),
)
STORIES = Stream(
    source=SOURCE,
    name="stories",
    record=records.Story,
    title="stories of the last 24 hours with their metrics",
    role="stories",
    path="GET /{ig-user}/stories?fields= and GET /{story}/insights?metric=",
    history="24 hours",
    cost=CALLS,
    batch=1,
    calls=2,
    metrics=(*STORY_METRICS, "navigation"),
    post_key=("id",),
    prose=("permalink",),
)
ACCOUNT_INSIGHTS = Stream(
    source=SOURCE,
    name="account_insights",
    record=AccountInsight,
    kind="period",
    title="daily account metrics",
    role="account_series",
    path="GET /{ig-user}/insights?period=day",
    history="2 years; new followers 30 days",
    window=timedelta(days=30),
    lag=timedelta(hours=48),
    cost=CALLS,
    calls=30,
    metrics=tuple(sorted({*SERIES_METRICS, *TOTAL_METRICS})),
)
METRIC_STATUS = metric_status_stream(SOURCE)
COMMENTS = comments_stream(SOURCE, "GET /{media}/comments", cost=CALLS, batch=100)

STREAMS = (ACCOUNTS, MEDIA, MEDIA_INSIGHTS, STORIES, ACCOUNT_INSIGHTS, METRIC_STATUS, COMMENTS)
