"""The streams of a LinkedIn page."""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.comments import comments_stream
from pipelines.sources.linkedin import records
from pipelines.sources.stream import Stream

SOURCE = "linkedin"

REQUESTS = Allowance(
    name="requests",
    period="day",
    reopens_after=timedelta(minutes=5),
    note="not published and without headers: the first refusal closes it until 00:05 UTC",
)
COST = (Cost(REQUESTS, per_request=1),)

POST_METRICS = (
    "impressionCount", "uniqueImpressionsCount", "clickCount", "likeCount", "commentCount", "shareCount", "engagement",
)  # fmt: skip
DAY_METRICS = (*POST_METRICS, "shareMentionsCount", "commentMentionsCount")
STATISTICS_LAST = timedelta(days=365)
"""The platform counts a rolling year; what happens to older posts is lost."""
SPAN = timedelta(days=90)
"""Of one request: its days fit one page."""

ACCOUNTS = Stream(
    source=SOURCE, name="accounts", record=records.Account, role="account", title="a page's followers",
    path="GET /rest/networkSizes/{organization}?edgeType=COMPANY_FOLLOWED_BY_MEMBER", cost=COST,
    metrics=("firstDegreeSize",),
)  # fmt: skip
POSTS = Stream(
    source=SOURCE, name="posts", record=records.Post, role="posts", title="posts",
    path="GET /rest/posts?q=author", history="all", cost=COST, batch=100,
    post_key=("id",), prose=("commentary",),
)  # fmt: skip
POST_STATISTICS = Stream(
    source=SOURCE, name="post_statistics", record=records.PostStatistics, role="post_metrics",
    title="lifetime statistics of each post", path="GET /rest/organizationalEntityShareStatistics?shares=List(…)",
    history="12 months", cost=COST, calls=2, metrics=POST_METRICS, post_key=("id",),
)  # fmt: skip
SHARE_STATISTICS = Stream(
    source=SOURCE, name="share_statistics", record=records.ShareStatistics, kind="period", role="account_series",
    title="statistics of all posts by UTC day", path="GET /rest/organizationalEntityShareStatistics?timeIntervals=(…)",
    history="12 months", window=SPAN, lag=timedelta(days=2), cost=COST, metrics=DAY_METRICS,
)  # fmt: skip
FOLLOWER_STATISTICS = Stream(
    source=SOURCE, name="follower_statistics", record=records.FollowerStatistics, kind="period", role="account_series",
    title="followers gained by UTC day", path="GET /rest/organizationalEntityFollowerStatistics?timeIntervals=(…)",
    history="12 months", window=SPAN, lag=timedelta(days=2), cost=COST,
    metrics=("organicFollowerGain", "paidFollowerGain"),
)  # fmt: skip
PAGE_STATISTICS = Stream(
    source=SOURCE, name="page_statistics", record=records.PageStatistics, kind="period", role="account_series",
    title="views of the page by UTC day", path="GET /rest/organizationPageStatistics?timeIntervals=(…)",
    history="12 months", window=SPAN, lag=timedelta(days=2), cost=COST, metrics=("allPageViews",),
)  # fmt: skip
COMMENTS = comments_stream(SOURCE, "GET /rest/socialActions/{post}/comments", cost=COST)

STREAMS = (
    ACCOUNTS, POSTS, POST_STATISTICS, SHARE_STATISTICS, FOLLOWER_STATISTICS, PAGE_STATISTICS, COMMENTS,
)  # fmt: skip
