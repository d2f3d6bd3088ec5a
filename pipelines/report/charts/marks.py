"""The marks that all charts are made of. Rows are dictionaries: `x`, `y`, `text`, and `row`, the row of the table.

Where no row is given, None comes back, which `Canvas.draw` leaves out: Vega-Lite has no layer without data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import altair as alt

from pipelines.report.charts.canvas import SMALL, Canvas, Layer, Row, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.report.charts.palette import Colour

Align = Literal["left", "center", "right"]
Shape = Literal["circle", "diamond", "square", "triangle-up", "cross", "stroke"]

_POINTED_AT = "row:N"


def pointing(row: int) -> str:
    """What a mark says of the row of the table that it draws; becomes `data-row` in the picture."""
    return f"row:{row}"


def _on(rows: Sequence[Row]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _described(rows: Sequence[Row]) -> dict[str, Any]:
    return {"description": alt.Description(_POINTED_AT)} if "row" in rows[0] else {}


def line(canvas: Canvas, rows: Sequence[Row], name: Colour, *, width: float = 2.2, dash: Sequence[int] = ()) -> Layer:
    """Lines through `x` and `y`, one for each value of `part`; nothing joins two parts."""
    if not rows:
        return None
    style: dict[str, Any] = {"strokeDash": list(dash)} if dash else {}
    mark = _on(rows).mark_line(color=colour(name), strokeWidth=width, strokeCap="round", strokeJoin="round", **style)
    return mark.encode(x=canvas.across(), y=canvas.up(), detail="part:N", order="x:Q")


def band(canvas: Canvas, rows: Sequence[Row], name: Colour = "band") -> Layer:
    """Surfaces between `low` and `high` along `x`, one for each value of `part`."""
    if not rows:
        return None
    mark = _on(rows).mark_area(color=colour(name), opacity=1)
    return mark.encode(x=canvas.across(), y=canvas.up("low"), y2="high:Q", detail="part:N")


def boxes(
    canvas: Canvas, rows: Sequence[Row], name: Colour, *, edge: Colour | None = None, round_by: float = 0
) -> Layer:
    """Rectangles from `x` to `x2` and `y` to `y2`."""
    if not rows:
        return None
    style: dict[str, Any] = {"stroke": colour(edge), "strokeWidth": 1.5} if edge else {}
    if round_by:
        style["cornerRadius"] = round_by
    mark = _on(rows).mark_rect(color=colour(name), **style)
    return mark.encode(x=canvas.across(), x2="x2:Q", y=canvas.up(), y2="y2:Q", **_described(rows))


def strokes(
    canvas: Canvas,
    rows: Sequence[Row],
    name: Colour,
    *,
    width: float = 1,
    dash: Sequence[int] = (),
    rounded: bool = False,
) -> Layer:
    """Straight lines from `x`, `y` to `x2`, `y2`; an end that is not given is that of the other."""
    if not rows:
        return None
    style: dict[str, Any] = {"strokeDash": list(dash)} if dash else {}
    if rounded:
        style["strokeCap"] = "round"
    mark = _on([{"x2": row["x"], "y2": row["y"], **row} for row in rows]).mark_rule(
        color=colour(name), strokeWidth=width, **style
    )
    return mark.encode(x=canvas.across(), x2="x2:Q", y=canvas.up(), y2="y2:Q", **_described(rows))


def dots(
    canvas: Canvas,
    rows: Sequence[Row],
    name: Colour,
    *,
    shape: Shape = "circle",
    size: float = 44,
    hollow: bool = False,
    ringed: bool = False,
    width: float = 1.8,
) -> Layer:
    """Symbols at `x` and `y`, `size` square pixels large.

    A hollow one shows the page within its outline; a ringed one has the page around it, to stand out of a line.
    """
    if not rows:
        return None
    inside: Colour = "paper" if hollow else name
    style: dict[str, Any] = {"fill": colour(inside), "opacity": 1, "shape": shape, "size": size}
    if hollow or shape in {"cross", "stroke"}:
        style |= {"stroke": colour(name), "strokeWidth": width}
    elif ringed:
        style |= {"stroke": colour("paper"), "strokeWidth": width}
    else:
        style |= {"strokeWidth": 0}
    mark = _on(rows).mark_point(**style)
    return mark.encode(x=canvas.across(), y=canvas.up(), **_described(rows))


def words(
    canvas: Canvas,
    rows: Sequence[Row],
    name: Colour = "soft",
    *,
    align: Align = "center",
    size: float = SMALL,
    bold: bool = False,
    halo: bool = False,
    move: tuple[float, float] = (0, 0),
    at_pixels: Literal["", "x", "y", "xy"] = "",
) -> Layer:
    """Texts with their middle line at `y`.

    Args:
        canvas: to draw on.
        rows: with `text`.
        name: its colour.
        align: which end of the text stands at `x`.
        size: of the letters in pixels.
        bold: heavier.
        halo: with the page's colour around every letter, where a text crosses lines.
        move: pixels to the right and downwards.
        at_pixels: which of `x` and `y` are pixels of the inner rectangle and no values.
    """
    if not rows:
        return None
    style: dict[str, Any] = {"stroke": colour("paper"), "strokeWidth": 3} if halo else {}
    if bold:
        style["fontWeight"] = 600
    mark = _on(rows).mark_text(
        color=colour(name), align=align, baseline="middle", fontSize=size, dx=move[0], dy=move[1], **style
    )
    x = alt.X("x:Q", scale=None, axis=None) if "x" in at_pixels else canvas.across()
    y = alt.Y("y:Q", scale=None, axis=None) if "y" in at_pixels else canvas.up()
    return mark.encode(x=x, y=y, text="text:N")
