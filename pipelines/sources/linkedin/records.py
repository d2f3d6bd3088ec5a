"""What may be kept of a LinkedIn page: the allow-lists, nested where the platform nests, named in its words on disk.

Instants stay as the platform writes them: milliseconds since 1970. All statistics are organic only.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipelines.sources.stream import Count, Record, SignedCount, Text

Millis = Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800_000)]
"""An instant, until the year 2100: a larger number is no date."""
Rate = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]


class Account(Record, rename="camel"):
    """The size of a page's network at the moment of reading: its followers."""

    first_degree_size: Count


class StateInfo(Record, rename="camel"):
    """Whether the author has changed a post."""

    is_edited_by_author: bool | None = None


class Post(Record, rename="camel"):
    """A post at the moment of reading. `id` is a urn: `urn:li:share:…` or `urn:li:ugcPost:…`."""

    id: Text
    author: Text | None = None
    commentary: Text | None = None
    visibility: Text | None = None
    lifecycle_state: Text | None = None
    created_at: Millis | None = None
    published_at: Millis | None = None
    last_modified_at: Millis | None = None
    lifecycle_state_info: StateInfo | None = None


class Totals(Record, rename="camel"):
    """Statistics of a post, or of all posts in a window. Likes of a day may be below zero: people withdraw theirs."""

    impression_count: Count | None = None
    unique_impressions_count: Count | None = None
    click_count: Count | None = None
    like_count: SignedCount | None = None
    comment_count: SignedCount | None = None
    share_count: SignedCount | None = None
    engagement: Rate | None = None
    share_mentions_count: Count | None = None
    comment_mentions_count: Count | None = None


class PostStatistics(Record, rename="camel"):
    """A post's figures so far. `id` and `status` are written by the connector.

    `silent`: the platform left a young post out, which means that nothing happened. `forgotten`: it left out a post
    whose first day lies beyond the twelve months it counts, which says nothing.
    """

    id: Text
    status: Literal["ok", "silent", "forgotten"]
    total_share_statistics: Totals | None = None


class Span(Record, rename="camel"):
    """A UTC day; `end` is exclusive."""

    start: Millis
    end: Millis


class ShareStatistics(Record, rename="camel"):
    """What all posts of a page got in a day."""

    time_range: Span
    total_share_statistics: Totals | None = None


class Gains(Record, rename="camel"):
    """Followers that came, less those that left where the platform counts so."""

    organic_follower_gain: SignedCount | None = None
    paid_follower_gain: SignedCount | None = None


class FollowerStatistics(Record, rename="camel"):
    """Followers gained in a day."""

    time_range: Span
    follower_gains: Gains | None = None


class PageViews(Record, rename="camel"):
    """Views of one kind of pages."""

    page_views: Count | None = None


class Views(Record, rename="camel"):
    """Views of a page by its parts; only their total is kept."""

    all_page_views: PageViews | None = None


class PageTotals(Record, rename="camel"):
    """What is counted of a page itself."""

    views: Views | None = None


class PageStatistics(Record, rename="camel"):
    """Views of the page in a day."""

    time_range: Span
    total_page_statistics: PageTotals | None = None
