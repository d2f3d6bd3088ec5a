"""The stream of an intake. Its window says which local days were read in full."""

from __future__ import annotations

from pipelines.sources.stream import Stream
from pipelines.sources.tips import records

SOURCE = "tips"

TIPS = Stream(source=SOURCE, name="tips", record=records.Tip, kind="period", sensitive=True, title="tips received")

STREAMS = (TIPS,)
