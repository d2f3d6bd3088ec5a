"""Windows of Pacific days, across the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pipelines.sources.graph_api import pacific_windows


@pytest.mark.parametrize("end", [datetime(2025, 11, 20, 5, 15, tzinfo=UTC), datetime(2025, 3, 20, 5, 15, tzinfo=UTC)])
@pytest.mark.parametrize("days", [30, 90])
def test_no_window_is_longer_than_the_platform_counts_and_no_day_is_left_out(end, days):
    windows = list(pacific_windows(end - timedelta(days=120), end, days))
    assert all(until - since <= timedelta(days=days) for since, until in windows)
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert windows[0][0] <= end - timedelta(days=120) < windows[0][0] + timedelta(days=1)
    assert end - timedelta(hours=25) < windows[-1][1] <= end


def test_a_single_day_is_a_window_also_when_it_has_25_hours():
    autumn = datetime(2025, 11, 3, 12, tzinfo=UTC)
    days = list(pacific_windows(autumn - timedelta(days=2), autumn, 1))
    assert [(until - since) / timedelta(hours=1) for since, until in days] == [24, 25]
