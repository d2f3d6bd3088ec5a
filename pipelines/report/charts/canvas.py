"""The rectangle a chart is drawn on: margins in pixels, the two ranges of values, and what its marks have in common.

Axes are marks of our own, placed by the same scales: so their words follow the language, and nothing depends on the
fonts of the machine that draws. Words outside of the scales are placed in pixels of the inner rectangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pipelines.report.charts.palette import LIGHT, Colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.report.charts.chart import Spec

Row: TypeAlias = dict[str, Any]
"""What a mark draws: its fields by their names."""

Channel: TypeAlias = dict[str, Any]
"""What a field is drawn by."""

Layer: TypeAlias = dict[str, Any] | None
"""A mark with its data, as Vega-Lite has it; None where there was nothing to draw."""

TEXT, SMALL = 12.5, 11.5
"""Sizes of words in pixels, where the picture is shown in its own width."""


@dataclass(frozen=True)
class Canvas:
    """A rectangle of `width` by `height` pixels, margins included.

    Args:
        x: values at the left and right edge of the inner rectangle.
        y: values at its lower and upper edge; turned around, at its upper and lower.
        power: of the horizontal scale; 0.5 draws square roots, which keep a few large values from hiding all others.
    """

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x: tuple[float, float]
    y: tuple[float, float] = (0.0, 1.0)
    power: float = 1.0

    @property
    def inner_width(self) -> int:
        """Pixels between the left and right margins."""
        return self.width - self.left - self.right

    @property
    def inner_height(self) -> int:
        """Pixels between the upper and lower margins."""
        return self.height - self.top - self.bottom

    def pixel_x(self, value: float) -> float:
        """Where a value stands, in pixels from the inner rectangle's left edge."""
        low, high = (end**self.power for end in self.x)
        return (value**self.power - low) / (high - low) * self.inner_width

    def pixel_y(self, value: float) -> float:
        """Where a value stands, in pixels from the inner rectangle's upper edge."""
        low, high = self.y
        return (high - value) / (high - low) * self.inner_height

    def across(self, field: str = "x") -> Channel:
        """The horizontal channel of a field."""
        kind: Channel = {"type": "pow", "exponent": self.power} if self.power != 1 else {}
        scale = {"domain": list(self.x), "nice": False, "zero": False, **kind}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": None}

    def up(self, field: str = "y") -> Channel:
        """The vertical channel of a field."""
        scale = {"domain": list(self.y), "nice": False, "zero": False}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": None}

    def draw(self, layers: Sequence[Layer]) -> Spec:
        """The specification of all layers, the first one undermost."""
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
            "width": self.inner_width,
            "height": self.inner_height,
            "padding": {"left": self.left, "right": self.right, "top": self.top, "bottom": self.bottom},
            "autosize": {"type": "none"},
            "background": LIGHT["paper"],
            "config": {"font": "Liberation Sans", "view": {"stroke": "transparent"}},
            "layer": [layer for layer in layers if layer is not None],
        }


def colour(name: Colour) -> str:
    """The light colour, which stands for its class until the picture is inlined."""
    return LIGHT[name]
