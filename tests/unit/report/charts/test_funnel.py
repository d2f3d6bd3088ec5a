"""Units beside the limits of chance."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.report.charts import funnel, svg
from tests.unit.report.charts.pictures import marks, of, wide, words


def units(*rows):
    schema = ["unit_id", "value", "n", "low_998", "low_95", "high_95", "high_998", "position"]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(centre=pl.lit(0.8))


def drawn(frame, **given):
    return funnel(frame, name="f", title="t", lang="en", unit="share", **given)


FUNNEL = units(
    ("large", 0.80, 400, 0.74, 0.76, 0.84, 0.86, "inside"),
    ("small", 0.70, 40, 0.55, 0.65, 0.93, 0.98, "inside"),
    ("odd", 0.60, 100, 0.66, 0.71, 0.88, 0.92, "below_998"),
    ("near", 0.69, 110, 0.67, 0.72, 0.875, 0.915, "below_95"),
)


def test_every_unit_is_a_point_at_its_value_and_only_those_outside_have_names():
    chart = drawn(FUNNEL, labels={"odd": "Odd county"}, size="questions")
    picture = wide(svg(chart))
    points = {mark.row: mark for mark in marks(picture) if mark.row is not None}
    assert chart.table["unit"].to_list() == ["small", "Odd county", "near", "large"]
    assert set(points) == {0, 1, 2, 3}
    assert "Odd county" in words(picture)
    assert "near" in words(picture)
    assert "large" not in words(picture)
    assert float(points[3].at["cx"]) == pytest.approx(10 * float(points[0].at["cx"]), rel=0.01)


def test_outside_differs_by_shape_and_the_two_limits_differ_too():
    picture = wide(svg(drawn(FUNNEL)))
    by_row = {mark.row: mark for mark in marks(picture) if mark.row is not None}
    assert by_row[0].kind == "circle"
    assert by_row[1].kind == by_row[2].kind == "path"
    assert "f-other" in by_row[1].classes
    assert by_row[2].classes >= {"f-paper", "s-other"}


def test_limits_that_sizes_order_are_two_surfaces_and_others_a_bar_for_each_unit():
    surfaces = wide(svg(drawn(FUNNEL)))
    assert [len(of(surfaces, colour, kind="path")) for colour in ("f-grid", "f-band")] == [1, 1]
    crossed = wide(svg(drawn(FUNNEL.with_columns(n=pl.Series([40, 400, 100, 110])))))
    assert not of(crossed, "f-band")
    assert len(of(crossed, "s-band")) == 4


def test_exposure_is_what_the_scale_counts_where_it_is_given():
    chart = drawn(FUNNEL.with_columns(exposure=pl.col("n") * 1000), size="accounts reached")
    assert chart.table["accounts reached"].to_list() == [40_000, 100_000, 110_000, 400_000]


def test_the_summary_names_who_is_outside_and_is_no_ranking():
    assert drawn(FUNNEL).summary == (
        "2 of 4 units lie within the limits of chance. Outside: odd below the 99.8% limit; near below the 95% limit."
    )
    assert drawn(FUNNEL.filter(position="inside")).summary == "All 2 units lie within the limits of chance."


def test_no_unit_at_all_is_drawn_and_told():
    chart = drawn(FUNNEL.clear())
    assert chart.summary == "No unit has a value."
    assert "<svg" in svg(chart)
