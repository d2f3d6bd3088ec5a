"""The streams of a YouTube channel, and what Google lets a project read in a day."""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.comments import comments_stream
from pipelines.sources.graph_records import metric_status_stream
from pipelines.sources.stream import Stream
from pipelines.sources.youtube import records

SOURCE = "youtube"
PACIFIC = "America/Los_Angeles"

LATE = timedelta(minutes=5)
"""How long after midnight in California we stay away, once the day's units were used up."""
UNITS = Allowance(
    name="units", period="day", limit=10_000, unit="units", zone=PACIFIC, reopens_after=LATE,
    note="of the Google project that the key or token belongs to; no header tells what is left",
)  # fmt: skip
BATCH = Allowance(
    name="batch_stats", period="day", limit=10_000, unit="units", zone=PACIFIC, reopens_after=LATE,
    note="a bucket of its own for videos:batchGetStats",
)  # fmt: skip
REPORTS = Allowance(
    name="reports",
    period="day",
    zone=PACIFIC,
    reopens_after=LATE,
    note="Google publishes no figure for the Analytics API",
)
ALLOWANCES = (UNITS, BATCH, REPORTS)

_UNIT = (Cost(UNITS, per_request=1),)
LISTED = _UNIT
"""What `videos.list` costs."""
DAY_METRICS = (
    "views",
    "engagedViews",
    "estimatedMinutesWatched",
    "averageViewDuration",
    "likes",
    "comments",
    "shares",
    "subscribersGained",
    "subscribersLost",
)

ACCOUNTS = Stream(
    source=SOURCE, name="accounts", record=records.Channel, title="a channel's figures", role="account",
    path="GET /youtube/v3/channels", cost=_UNIT, metrics=("subscriberCount", "viewCount", "videoCount"),
)  # fmt: skip
POSTS = Stream(
    source=SOURCE, name="posts", record=records.Upload, title="the list of uploads", role="posts",
    path="GET /youtube/v3/playlistItems", history="about the 20,000 newest", cost=_UNIT, batch=50,
    post_key=("contentDetails.videoId",), prose=("snippet.title", "snippet.description"),
)  # fmt: skip
VIDEOS = Stream(
    source=SOURCE, name="videos", record=records.Video, title="videos' lifetime figures", role="post_metrics",
    path="GET /youtube/v3/videos:batchGetStats", cost=(Cost(BATCH, per_request=1),), batch=50,
    metrics=("viewCount", "likeCount", "commentCount"), post_key=("id",),
)  # fmt: skip
DAYS = Stream(
    source=SOURCE, name="days", record=records.Day, kind="period", title="a channel's Pacific days",
    role="account_series", path="GET /v2/reports?dimensions=day", history="since the channel began",
    lag=timedelta(days=4), cost=(Cost(REPORTS, per_request=1),), metrics=DAY_METRICS,
)  # fmt: skip
METRIC_STATUS = metric_status_stream(SOURCE)
COMMENTS = comments_stream(SOURCE, "GET /youtube/v3/commentThreads, /youtube/v3/comments", cost=_UNIT, batch=1)

STREAMS = (ACCOUNTS, POSTS, VIDEOS, DAYS, METRIC_STATUS, COMMENTS)
