"""What may be kept of a TikTok account: the allow-lists, in the words of both interfaces.

The Display API and the Business API call the same things differently: both words are fields here, one of the two is
None, and each is a native metric of its own in the catalogue. Instants are seconds since 1970. Addresses of cover
images live for six hours and are not kept.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipelines.sources.stream import Count, Record, Text

Seconds = Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800)]
"""An instant, until the year 2100: milliseconds would be none."""
Digits = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,10}$")]
"""The same as text, as the Business API writes it."""
Amount = Annotated[float, msgspec.Meta(ge=0, le=2**63)]


class Account(Record):
    """An account's figures at the moment of reading."""

    display_name: Text | None = None
    username: Text | None = None
    follower_count: Count | None = None
    likes_count: Count | None = None
    video_count: Count | None = None
    followers_count: Count | None = None
    following_count: Count | None = None
    total_likes: Count | None = None
    videos_count: Count | None = None


class Video(Record):
    """A video with its lifetime figures at the moment of reading."""

    id: Text | None = None
    item_id: Text | None = None
    create_time: Seconds | Digits | None = None
    title: Text | None = None
    video_description: Text | None = None
    caption: Text | None = None
    duration: Amount | None = None
    video_duration: Amount | None = None
    share_url: Text | None = None
    like_count: Count | None = None
    comment_count: Count | None = None
    share_count: Count | None = None
    view_count: Count | None = None
    likes: Count | None = None
    comments: Count | None = None
    shares: Count | None = None
    favorites: Count | None = None
    reach: Count | None = None
    video_views: Count | None = None
    new_followers: Count | None = None
    total_time_watched: Amount | None = None
    average_time_watched: Amount | None = None
    full_video_watched_rate: Amount | None = None

    def __post_init__(self) -> None:
        """Refuse a video that nobody could find again."""
        if not (self.id or self.item_id):
            raise ValueError("a video without id")


class Day(Record):
    """An account's day; a figure is null where fewer than 100 follow."""

    date: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    video_views: Count | None = None
    unique_video_views: Count | None = None
    profile_views: Count | None = None
    likes: Count | None = None
    comments: Count | None = None
    shares: Count | None = None
    daily_total_followers: Count | None = None
    daily_new_followers: Count | None = None
    daily_lost_followers: Count | None = None
