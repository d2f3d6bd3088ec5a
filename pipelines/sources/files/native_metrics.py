"""Which column of which native export is which native metric.

A metric's name is the export's English column name in snake case. Swedish columns carry the name of their English twin.
docs/sources/files.md holds the same table for people, with the canonical metric each feeds; a test compares the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def snake(column: str) -> str:
    """`Engagement rate per reach (%)` -> `engagement_rate_per_reach`."""
    return re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")


def _named(*columns: str) -> dict[str, str]:
    return {column: snake(column) for column in columns}


_X_BOTH = (
    "impressions", "engagements", "engagement rate", "retweets", "replies", "likes", "user profile clicks",
    "url clicks", "hashtag clicks", "detail expands", "permalink clicks", "app opens", "app installs", "follows",
    "email tweet", "dial phone", "media views", "media engagements",
)  # fmt: skip

X_ANALYTICS: Mapping[str, str] = _named(*_X_BOTH, *(f"promoted {column}" for column in _X_BOTH))

PUBLISHER_FACEBOOK: Mapping[str, str] = _named(
    "Organic Reach", "Paid Reach", "Total reach", "Organic impressions", "Paid impressions", "Total impressions",
    "Engaged users", "Engagement rate per reach (%)", "Engagement rate per impression (%)", "Clicks", "Link clicks",
    "Photo views", "Video play", "Other clicks", "Organic video views", "Paid video views", "Total video views",
    "Average time watched", "Average percentage of time watched",
)  # fmt: skip

PUBLISHER_X: Mapping[str, str] = _named(
    "Impressions", "Likes", "Reposts", "Quote posts", "Replies", "Engagement", "Engagement rate per impression (%)",
    "Video views",
)  # fmt: skip

PUBLISHER_YOUTUBE: Mapping[str, str] = _named(
    "Views", "Avg. percentage viewed", "Likes", "Dislikes", "Comments", "Shares", "Added to a playlist",
    "Removed from a playlist", "Subscribers gained", "Subscribers lost", "Total engagement",
)  # fmt: skip

META_FACEBOOK: Mapping[str, str] = {
    **_named(
        "Impressions", "Views", "Viewers", "Reach", "Reactions, Comments and Shares", "Interactions", "Reactions",
        "Comments", "Shares", "Saves", "Total clicks", "Link Clicks", "Other Clicks", "3-second video views",
        "1-minute video views", "Seconds viewed", "Average Seconds viewed", "Ad impressions",
    ),
    "Exponeringar": "impressions",
    "Visningar": "views",
    "Räckvidd": "reach",
    "Reaktioner, kommentarer och delningar": "reactions_comments_and_shares",
    "Reaktioner": "reactions",
    "Kommentarer": "comments",
    "Delningar": "shares",
    "Totalt antal klick": "total_clicks",
    "Länkklick": "link_clicks",
    "Övriga klick": "other_clicks",
}  # fmt: skip

META_INSTAGRAM: Mapping[str, str] = {
    **_named("Impressions", "Views", "Reach", "Likes", "Comments", "Shares", "Saves", "Plays", "Follows"),
    "Exponeringar": "impressions",
    "Visningar": "views",
    "Räckvidd": "reach",
    "Gilla-markeringar": "likes",
    "Kommentarer": "comments",
    "Delningar": "shares",
    "Sparade objekt": "saves",
    "Följer": "follows",
}
