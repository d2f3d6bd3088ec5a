"""The suites, by what they look at. Nothing here is about one platform.

A new table gets its suites here; a threshold gets its reason beside it, in `why`. docs/quality.md lists them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quality.suites import (
    completeness,
    drift,
    freshness,
    integrity,
    ranges,
    reconciliation,
    totals,
    volumes,
)

if TYPE_CHECKING:
    from pipelines.quality.expectations import Suite

SUITES: tuple[Suite, ...] = (
    *volumes.SUITES,
    *freshness.SUITES,
    *ranges.SUITES,
    *drift.SUITES,
    *reconciliation.SUITES,
    *totals.SUITES,
    *integrity.SUITES,
    *completeness.SUITES,
)
