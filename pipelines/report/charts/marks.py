"""The marks that all charts are made of. Rows are dictionaries: `x`, `y`, `text`, and `row`, the row of the table.

Where no row is given, None comes back, which `Canvas.draw` leaves out: Vega-Lite has no layer without data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pipelines.plain_text import safe
from pipelines.report.charts.canvas import SMALL, Canvas, Channel, Layer, Row, colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.report.charts.palette import Colour

Align = Literal["left", "center", "right"]
Shape = Literal["circle", "diamond"]


def pointing(row: int) -> str:
    """What a mark says of the row of the table that it draws; becomes `data-row` in the picture."""
    return f"row:{row}"


def _layer(rows: Sequence[Row], mark: dict[str, Any], **encoding: Channel) -> Layer:
    """A mark over its rows; of rows with a `row` each mark points at its own."""
    if not rows:
        return None
    if "row" in rows[0]:
        encoding["description"] = {"field": "row", "type": "nominal"}
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def line(canvas: Canvas, rows: Sequence[Row], name: Colour, *, width: float = 2.2) -> Layer:
    """Lines through `x` and `y`, one for each value of `part`; nothing joins two parts."""
    ends = {"strokeCap": "round", "strokeJoin": "round"}
    mark = {"type": "line", "color": colour(name), "strokeWidth": width, **ends}
    order = {"field": "x", "type": "quantitative"}
    return _layer(rows, mark, x=canvas.across(), y=canvas.up(), detail=_PART, order=order)


_PART: Channel = {"field": "part", "type": "nominal"}


def band(canvas: Canvas, rows: Sequence[Row], name: Colour = "band") -> Layer:
    """Surfaces between `low` and `high` along `x`, one for each value of `part`."""
    mark = {"type": "area", "color": colour(name), "opacity": 1}
    return _layer(rows, mark, x=canvas.across(), y=canvas.up("low"), y2={"field": "high"}, detail=_PART)


def boxes(canvas: Canvas, rows: Sequence[Row], name: Colour, *, edge: Colour | None = None) -> Layer:
    """Rectangles from `x` to `x2` and `y` to `y2`."""
    mark: dict[str, Any] = {"type": "rect", "color": colour(name)}
    if edge:
        mark |= {"stroke": colour(edge), "strokeWidth": 1.5}
    return _layer(rows, mark, x=canvas.across(), x2={"field": "x2"}, y=canvas.up(), y2={"field": "y2"})


def strokes(canvas: Canvas, rows: Sequence[Row], name: Colour, *, width: float = 1, dash: Sequence[int] = ()) -> Layer:
    """Straight lines from `x`, `y` to `x2`, `y2`; an end that is not given is that of the other."""
    mark: dict[str, Any] = {"type": "rule", "color": colour(name), "strokeWidth": width}
    if dash:
        mark["strokeDash"] = list(dash)
    whole = [{"x2": row["x"], "y2": row["y"], **row} for row in rows]
    return _layer(whole, mark, x=canvas.across(), x2={"field": "x2"}, y=canvas.up(), y2={"field": "y2"})


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
    inside: Colour = "paper" if hollow else name
    mark: dict[str, Any] = {"type": "point", "fill": colour(inside), "opacity": 1, "shape": shape, "size": size}
    if hollow or ringed:
        mark |= {"stroke": colour(name if hollow else "paper"), "strokeWidth": width}
    else:
        mark["strokeWidth"] = 0
    return _layer(rows, mark, x=canvas.across(), y=canvas.up())


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
    """Texts with their middle line at `y`; what is no letter in them is written out, since NUL would end the renderer.

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
    mark: dict[str, Any] = {
        "type": "text", "color": colour(name), "align": align, "baseline": "middle", "fontSize": size,
        "dx": move[0], "dy": move[1],
    }  # fmt: skip
    if halo:
        mark |= {"stroke": colour("paper"), "strokeWidth": 3}
    if bold:
        mark["fontWeight"] = 600
    placed: Channel = {"type": "quantitative", "scale": None, "axis": None}
    x: Channel = {"field": "x", **placed} if "x" in at_pixels else canvas.across()
    y: Channel = {"field": "y", **placed} if "y" in at_pixels else canvas.up()
    told = [{**row, "text": safe(row["text"])} for row in rows]
    return _layer(told, mark, x=x, y=y, text={"field": "text", "type": "nominal"})
