"""Which figures of whole accounts the platforms offer, and from when to when."""

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
