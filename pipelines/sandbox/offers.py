"""Which figures the platforms offer, and from when to when: of whole accounts, and of posts beyond the first three."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.sandbox.counters import VIEWS_ON_FACEBOOK, Offer

if TYPE_CHECKING:
    from pipelines.sandbox.units import Platform

_LIVE = Offer("views")

ACCOUNT_OFFERS: dict[Platform, dict[str, Offer]] = {
    "facebook": {
        "page_impressions": Offer("views", dead=date(2025, 11, 15)),
        "page_impressions_unique": Offer("views", dead=date(2026, 6, 15)),
        "page_fans": Offer("followers", dead=date(2025, 11, 15)),
        "page_media_view": Offer("views", first=VIEWS_ON_FACEBOOK),
        "page_total_media_view_unique": Offer("views", first=VIEWS_ON_FACEBOOK),
        "page_follows": Offer("followers"),
        "page_daily_follows": Offer("followers"),
        "page_daily_follows_unique": Offer("followers"),
        "page_daily_unfollows_unique": Offer("followers"),
        "page_post_engagements": _LIVE,
        "page_views_total": _LIVE,
        "page_total_actions": _LIVE,
        "page_video_views": _LIVE,
        "page_video_view_time": _LIVE,
    },
    "instagram": {
        "reach": _LIVE,
        "views": Offer("views", first=date(2025, 1, 21)),
        "follower_count": Offer("followers"),
        "accounts_engaged": _LIVE,
        "total_interactions": _LIVE,
        "likes": _LIVE,
        "comments": _LIVE,
        "saves": _LIVE,
        "shares": _LIVE,
        "replies": _LIVE,
        "reposts": _LIVE,
        "profile_links_taps": _LIVE,
        "follows_and_unfollows": Offer("followers"),
    },
    "x": {},
}

POST_OFFERS: dict[Platform, dict[str, Offer]] = {
    "youtube": {"viewCount": _LIVE, "likeCount": Offer("likes"), "commentCount": Offer("comments")},
    "mastodon": {
        "favourites_count": Offer("likes"),
        "reblogs_count": Offer("shares"),
        "replies_count": Offer("direct"),
        "quotes_count": Offer("quotes"),
    },
    "bluesky": {
        "likeCount": Offer("likes"),
        "repostCount": Offer("shares"),
        "replyCount": Offer("direct"),
        "quoteCount": Offer("quotes"),
        "bookmarkCount": Offer("saves"),
    },
    "threads": {
        "views": _LIVE,
        "likes": Offer("likes"),
        "replies": Offer("comments"),
        "reposts": Offer("shares"),
        "quotes": Offer("quotes"),
        "shares": Offer("saves"),
    },
    "tiktok": {
        "view_count": _LIVE,
        "like_count": Offer("likes"),
        "comment_count": Offer("comments"),
        "share_count": Offer("shares"),
    },
    "linkedin": {
        "impressionCount": _LIVE,
        "uniqueImpressionsCount": Offer("reach"),
        "clickCount": Offer("views", 40.0),
        "likeCount": Offer("likes"),
        "commentCount": Offer("comments"),
        "shareCount": Offer("shares"),
    },
}
"""Counters of posts beyond the first three platforms. Comments are those of the list: `comments` all, `direct` only
the ones under the post itself."""

BUSINESS_OFFERS: dict[str, Offer] = {
    "video_views": _LIVE,
    "reach": Offer("reach"),
    "likes": Offer("likes"),
    "comments": Offer("comments"),
    "shares": Offer("shares"),
    "favorites": Offer("saves"),
    "total_time_watched": Offer("views", 1 / 9),
}
"""What TikTok's Business API tells of a video."""

SERIES: dict[Platform, dict[str, tuple[str, float]]] = {
    "youtube": {
        "views": ("views", 1.0), "engagedViews": ("views", 0.62), "estimatedMinutesWatched": ("views", 0.7),
        "likes": ("likes", 1.0), "comments": ("comments", 1.0), "shares": ("shares", 1.0),
        "subscribersGained": ("gained", 1.0), "subscribersLost": ("lost", 1.0),
    },
    "mastodon": {},
    "bluesky": {},
    "threads": {
        "views": ("views", 0.02), "likes": ("likes", 1.0), "replies": ("direct", 1.0), "reposts": ("shares", 1.0),
        "quotes": ("quotes", 1.0), "clicks": ("views", 0.001),
    },
    "tiktok": {
        "video_views": ("views", 1.0), "unique_video_views": ("views", 0.8), "profile_views": ("views", 0.03),
        "likes": ("likes", 1.0), "comments": ("comments", 1.0), "shares": ("shares", 1.0),
        "daily_new_followers": ("gained", 1.0), "daily_lost_followers": ("lost", 1.0),
        "daily_total_followers": ("followers", 1.0),
    },
    "linkedin": {
        "impressionCount": ("views", 1.0), "uniqueImpressionsCount": ("views", 0.63), "clickCount": ("views", 0.025),
        "likeCount": ("net_likes", 1.0), "commentCount": ("comments", 1.0), "shareCount": ("shares", 1.0),
        "shareMentionsCount": ("views", 0.0), "commentMentionsCount": ("views", 0.0),
        "organicFollowerGain": ("gained", 1.0), "paidFollowerGain": ("views", 0.0), "allPageViews": ("views", 0.015),
    },
}  # fmt: skip
"""Figures of an account in a window, beyond the first three platforms: what they follow from, and how much of it.

`net_likes` may be negative: what was taken back in the window counts against it."""
