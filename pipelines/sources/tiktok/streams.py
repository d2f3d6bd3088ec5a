"""The streams of a TikTok account."""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.comments import comments_stream
from pipelines.sources.stream import Stream
from pipelines.sources.tiktok import records

SOURCE = "tiktok"

DISPLAY_LEVELS = ("follower_count", "following_count", "likes_count", "video_count")
BUSINESS_LEVELS = ("followers_count", "following_count", "total_likes", "videos_count")
DISPLAY_METRICS = ("like_count", "comment_count", "share_count", "view_count")
BUSINESS_METRICS = (
    "likes", "comments", "shares", "favorites", "reach", "video_views", "new_followers", "total_time_watched",
    "average_time_watched", "full_video_watched_rate",
)  # fmt: skip
DAY_METRICS = (
    "video_views", "unique_video_views", "profile_views", "likes", "comments", "shares", "daily_total_followers",
    "daily_new_followers", "daily_lost_followers",
)  # fmt: skip
SPAN = timedelta(days=30)
"""Of one request for days."""


def _cost(endpoint: str) -> tuple[Cost, ...]:
    """Each endpoint has 600 requests a minute of its own."""
    return (Cost(Allowance(name=endpoint, period="minute", limit=600, is_sliding=True), per_request=1),)


ACCOUNTS = Stream(
    source=SOURCE, name="accounts", record=records.Account, role="account", title="an account's figures",
    path="GET /v2/user/info/; Business: GET /open_api/v1.3/business/get/", cost=_cost("user/info"),
    metrics=tuple(dict.fromkeys((*DISPLAY_LEVELS, *BUSINESS_LEVELS))),
)  # fmt: skip
POSTS = Stream(
    source=SOURCE, name="posts", record=records.Video, role="posts", title="videos with their lifetime metrics",
    path="POST /v2/video/list/; Business: GET /open_api/v1.3/business/video/list/", history="all",
    cost=_cost("video/list"), batch=20, metrics=(*DISPLAY_METRICS, *BUSINESS_METRICS),
    post_key=("id", "item_id"), prose=("title", "video_description", "caption", "share_url"),
)  # fmt: skip
ACCOUNT_DAYS = Stream(
    source=SOURCE, name="account_days", record=records.Day, kind="period", role="account_series",
    title="daily figures of the account (Business)", path="GET /open_api/v1.3/business/get/", history="60 days",
    window=SPAN, lag=timedelta(days=2), cost=_cost("business/get"), metrics=DAY_METRICS,
)  # fmt: skip
COMMENTS = comments_stream(
    SOURCE, "GET /open_api/v1.3/business/comment/list/ (Business)", cost=_cost("business/comment/list")
)

STREAMS = (ACCOUNTS, POSTS, ACCOUNT_DAYS, COMMENTS)
