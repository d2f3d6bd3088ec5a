"""Posts at the same age, and days as they were read."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.report.charts import freshness, strip, svg
from tests.unit.report.charts.pictures import marks, of, wide, words


def posts(*rows):
    schema = {"lane": pl.String, "value": pl.Float64, "state": pl.String, "label": pl.String, "marked": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def drawn(frame):
    return strip(frame, name="s", title="t", lang="en", unit="contacts", counted="contacts within 7 days")


def test_a_post_without_a_figure_is_in_the_table_and_not_at_zero():
    chart = drawn(posts(("x", 100.0, "measured", "1 May", False), ("x", None, "missing", "2 May", False)))
    points = [mark for mark in marks(wide(svg(chart))) if mark.row is not None]
    assert [mark.row for mark in points] == [0]
    assert chart.table["post"].to_list() == ["1 May", "2 May"]
    assert chart.shown["state"].to_list() == ["measured", "no data"]
    assert "x: 1 posts, the middle one 100" in words(wide(svg(chart)))


def test_points_stand_by_the_square_root_and_like_ones_beside_each_other():
    chart = drawn(posts(*[("x", value, "measured", str(value), False) for value in (100.0, 400.0, 400.0, 0.0)]))
    at = {
        mark.row: (float(mark.at["cx"]), float(mark.at["cy"]))
        for mark in marks(wide(svg(chart)))
        if mark.row is not None
    }
    assert abs(at[2][0] - 2 * at[1][0]) < 0.3
    assert at[0][0] == 0
    assert at[2][0] == at[3][0]
    assert abs(at[2][1] - at[3][1]) >= 6


def test_marked_posts_have_another_shape():
    picture = wide(svg(drawn(posts(("x", 1.0, "measured", "a", False), ("x", 2.0, "measured", "b", True)))))
    assert {mark.row: mark.kind for mark in marks(picture) if mark.row is not None} == {0: "circle", 1: "path"}


def test_hundreds_of_posts_are_all_drawn_in_little_room():
    many = posts(*[("x", float(index), "measured", str(index), False) for index in range(400)])
    picture = wide(svg(drawn(many)))
    [dots] = [mark for mark in of(picture, "s-data") if mark.at["d"].count("h0") > 1]
    assert dots.at["d"].count("h0") == 400
    assert len(picture) < 12_000


def days(lane, *shares, first=date(2025, 6, 1), state="measured"):
    return pl.DataFrame(
        {
            "lane": [lane] * len(shares),
            "date": [first + timedelta(days=index) for index in range(len(shares))],
            "share": pl.Series(shares, dtype=pl.Float64),
            "state": [state if share is None or share else "missing" for share in shares],
        }
    )


def test_read_partly_read_not_read_and_not_offered_are_four_looks():
    frame = pl.concat([days("x", 1.0, 1.0, 0.5, 0.0), days("y", None, None, None, None, state="not_offered")])
    chart = freshness(frame, name="h", title="t", lang="en")
    picture = wide(svg(chart))
    assert chart.table["state"].to_list() == ["read", "partly read", "not read", "not offered"]
    assert chart.table["share read"].to_list() == [1.0, 0.5, 0.0, None]
    solid = {mark.row for mark in of(picture, "f-data")}
    framed = {mark.row for mark in of(picture, "hatched", "s-mute")}
    dotted = {mark.row for mark in of(picture, "s-line") if mark.row is not None}
    assert (solid, framed, dotted) == ({0, 1}, {2}, {3})


def test_a_day_that_was_not_due_has_no_look():
    frame = pl.concat([days("x", 1.0, 1.0), days("x", 1.0, first=date(2025, 6, 5))])
    chart = freshness(frame, name="h", title="t", lang="en")
    assert chart.table.select("from", "to").rows() == [
        (date(2025, 6, 1), date(2025, 6, 2)), (date(2025, 6, 5), date(2025, 6, 5)),
    ]  # fmt: skip
    assert chart.summary == "Days: x: read 3."
