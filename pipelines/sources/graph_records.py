"""What may be kept of an answer of the Graph API, where all its platforms answer alike.

Instants stay as the platform writes them (`2026-11-20T09:00:00+0000`). A missing key is None, never 0.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipelines.sources.stream import Record, Stream, Text

Amount = Annotated[float, msgspec.Meta(ge=0, le=2**63)]
"""A metric's value: a count, or a rate such as `reels_skip_rate`."""

Figure = Amount | dict[str, Amount | None]
"""A metric's value, which under a breakdown is an object of parts."""


class Value(Record):
    """One value of a metric. `end_time` is None for lifetime values.

    A day's value covers the 24 h before `end_time`, which is midnight in US Pacific time.
    """

    value: Figure | None = None
    end_time: Text | None = None


class Part(Record):
    """One part of a total: a value for each dimension."""

    dimension_values: list[Text] | None = None
    value: Amount | None = None


class Breakdown(Record):
    """A total by dimensions."""

    dimension_keys: list[Text] | None = None
    results: list[Part] | None = None


class TotalValue(Record):
    """One number for the whole window that was asked for."""

    value: Amount | None = None
    breakdowns: list[Breakdown] | None = None


class Insight(Record):
    """A metric: `values` in a time series or lifetime, `total_value` for a window."""

    name: Text
    period: Text | None = None
    values: list[Value] | None = None
    total_value: TotalValue | None = None


class ObjectInsights(Record):
    """The lifetime metrics of one post; an empty `data` means that the platform has none (yet).

    `id`, `media_product_type` and `status` are written by the connector: the platform's answer does not repeat them.
    `not_offered`: the post is from before the account became professional, or too few people saw it.
    """

    id: Text
    status: Literal["ok", "not_offered", "not_found"]
    media_product_type: Text | None = None
    data: list[Insight] | None = None


class AccountInsight(Record):
    """A daily metric of the account.

    `values` carry their `end_time` (Pacific midnight after the day). A `total_value` carries none, so the connector
    writes the window it asked for: `window_start`, `window_end`, ISO 8601 UTC, half-open, one Pacific day.
    `link_total_values` holds a number for each link that was clicked; which link it was is not kept.
    """

    name: Text
    period: Text | None = None
    values: list[Value] | None = None
    total_value: TotalValue | None = None
    link_total_values: list[Value] | None = None
    window_start: Text | None = None
    window_end: Text | None = None


class MetricStatus(Record):
    """A metric that the platform refused to give, so that its absence is not read as silence.

    `offered`: it was refused before and is given again. `asked_at` is when the platform was asked last, ISO 8601 UTC:
    a refused metric is asked for once a day.
    """

    native_metric: Text
    scope: Literal["post", "account"]
    status: Literal["not_offered", "offered"]
    reason: Text
    media_product_type: Text | None = None
    asked_at: Text | None = None


def metric_status_stream(source: str) -> Stream:
    """The stream of a source's refused metrics."""
    return Stream(
        source=source,
        name="metric_status",
        record=MetricStatus,
        title="refused metrics",
        role="metric_status",
        path="what the requests for metrics were refused",
    )
