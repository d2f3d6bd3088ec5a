"""What may be kept of an Instagram account: the allow-lists, nested where the platform nests.

Instants stay as the platform writes them (`2026-11-20T10:00:00+0000`). A missing key is None, never 0: `like_count` is
absent when the owner hides likes, and an empty list of insights means no data, not nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipelines.sources.stream import Count, Record, Text

Amount = Annotated[float, msgspec.Meta(ge=0, le=2**63)]
"""A metric's value: a count, or a rate such as `reels_skip_rate`."""


class Account(Record):
    """An account's figures at the moment of reading."""

    id: Text
    username: Text | None = None
    name: Text | None = None
    website: Text | None = None
    followers_count: Count | None = None
    follows_count: Count | None = None
    media_count: Count | None = None


class Media(Record):
    """A post, reel or album at the moment of reading."""

    id: Text
    caption: Text | None = None
    media_type: Text | None = None
    media_product_type: Text | None = None
    permalink: Text | None = None
    shortcode: Text | None = None
    timestamp: Text | None = None
    is_shared_to_feed: bool | None = None
    like_count: Count | None = None
    comments_count: Count | None = None


class Value(Record):
    """One value of a metric. `end_time` is None for lifetime values."""

    value: Amount | None = None
    end_time: Text | None = None


class TotalValue(Record):
    """One number for the whole window that was asked for."""

    value: Amount | None = None


class Insight(Record):
    """A metric: `values` in a time series or lifetime, `total_value` for a window."""

    name: Text
    period: Text | None = None
    values: list[Value] | None = None
    total_value: TotalValue | None = None


class MediaInsights(Record):
    """The lifetime metrics of one media; an empty `data` means that the platform has none (yet).

    `id`, `media_product_type` and `status` are written by the connector: the platform's answer does not repeat them.
    `not_offered`: the media is from before the account became professional, or too few people saw it.
    """

    id: Text
    status: Literal["ok", "not_offered", "not_found"]
    media_product_type: Text | None = None
    data: list[Insight] | None = None


class AccountInsight(Record):
    """A daily metric of the account.

    `values` carry their `end_time` (Pacific midnight after the day). A `total_value` carries none, so the connector
    writes the window it asked for: `window_start`, `window_end`, ISO 8601 UTC, half-open, one Pacific day.
    """

    name: Text
    period: Text | None = None
    values: list[Value] | None = None
    total_value: TotalValue | None = None
    window_start: Text | None = None
    window_end: Text | None = None


class MetricStatus(Record):
    """A metric that the platform refused to give, so that its absence is not read as silence."""

    native_metric: Text
    scope: Literal["post", "account"]
    status: Literal["not_offered"]
    reason: Text
    media_product_type: Text | None = None
