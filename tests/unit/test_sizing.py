"""docs/scale.md and what writes it fit: markers, columns, and what is said of sizes beyond the measured ones."""

from __future__ import annotations

import pytest

from benchmarks.growth import FIRST_RUN, NIGHT
from benchmarks.measure import Measurement
from benchmarks.sizing import BUDGET, CURVES, PAGE, SIZES, blocks, rewritten

WHERE = {"processor": "a processor", "cores": 2, "python": "3.11"}


def measured(*readings: int) -> list[Measurement]:
    """Sizes that cost 10 s and 100 MB and, for each reading, 1 ms and 1 kB more."""
    return [
        Measurement(
            f"{kind}, posts x{n}",
            "",
            n,
            [1.0],
            [10 + n / 1000],
            [100 + n / 1000],
            {part: [n / 3000] for part in ("landing_mb", "warehouse_mb", "published_mb")},
        )
        for n in readings
        for kind in (FIRST_RUN, NIGHT)
    ]


def rows(table: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]


def test_the_page_has_a_table_for_each_of_the_writers_between_its_markers():
    page = PAGE.read_text(encoding="utf-8")
    for name, columns in (("growth", CURVES), ("sizing", SIZES), ("budget", BUDGET)):
        held = page.partition(f"<!-- {name} begins")[2].partition(f"<!-- {name} ends")[0]
        assert tuple(rows(held)[0]) == columns, f"run `python -m benchmarks.sizing`: {name} of {PAGE.name} is older"
        assert len(rows(held)) > 3


def test_writing_changes_what_is_between_the_markers_and_nothing_else():
    page = PAGE.read_text(encoding="utf-8")
    tables = blocks(measured(10_000, 100_000), WHERE)
    written = rewritten(page, tables)
    assert written != page
    assert rewritten(written, tables) == written
    outside = [text.rpartition("ends -->")[2] for text in written.split("<!-- ") if "ends -->" in text]
    assert all(text in page for text in outside)
    with pytest.raises(ValueError, match="lacks the markers of 'growth'"):
        rewritten("# Scale", tables)


def test_a_size_beyond_the_largest_measured_is_said_to_be_extrapolated_and_lies_on_the_line():
    sizing = rows(blocks(measured(10_000, 100_000), WHERE)["sizing"])[2:]
    small, *_, large = sizing
    assert (small[3], small[-1]) == ("51,100", "within what was measured")
    assert (large[3], large[-1]) == ("153,300,000", "extrapolated, 1,533x the largest measured")
    assert [float(large[place].replace(",", "")) for place in (4, 5)] == pytest.approx([153.3, 153.4], abs=0.1)
    assert float(large[6]) == pytest.approx((10 + 153_300) / 3600, abs=0.01)


def test_a_size_says_how_long_a_pull_waits_and_whose_day_is_too_short():
    small, *_, large = rows(blocks(measured(10_000, 100_000), WHERE)["sizing"])[2:]
    assert small[8:10] == ["0", "-"]
    # 1,000 accounts, 19 requests each, 300 in five minutes: 64 windows, of which the last one need not end
    assert large[8:10] == ["5.2 (mastodon)", "youtube"]


def test_growth_of_one_size_is_no_curve():
    with pytest.raises(ValueError, match="two sizes or more"):
        blocks(measured(10_000), WHERE)
