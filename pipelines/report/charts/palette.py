"""The colours of the charts, by what they mean. A specification holds the light ones; the pages' CSS gives both sets.

Each colour is different from all others, so that `inline.py` knows from it which class an element of the picture has:
`f-data` where it fills, `s-data` where it strokes. `assets/charts.css` says what the classes look like, light and dark.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Colour: TypeAlias = Literal[
    "ink", "soft", "line", "grid", "paper", "data", "band", "other", "mute", "met", "not_met", "unsure", "hatch"
]

LIGHT: dict[Colour, str] = {
    "ink": "#1d2127",  # what is read first, and the target
    "soft": "#545c66",  # what is read next: scales, notes
    "line": "#868e97",  # axes and ends that must be seen
    "grid": "#e2e5e8",  # help for the eye, which may be missed
    "paper": "#ffffff",  # the page, behind words that cross a line
    "data": "#1c5d8c",  # the quantity itself
    "band": "#c6dcec",  # its uncertainty as a surface
    "other": "#a8520a",  # a second quantity
    "mute": "#7d868f",  # what is there to compare with
    "met": "#0b6b5d",
    "not_met": "#b0361c",
    "unsure": "#665c78",
    "hatch": "#d5d9dd",  # a surface without figures: becomes the pattern of its picture
}
"""Okabe and Ito's blue, vermilion and green, darkened until each has 4.5:1 on paper, `line` and `mute` 3:1."""

DARK: dict[Colour, str] = {
    "ink": "#eceff2",
    "soft": "#a9b2bc",
    "line": "#707a84",
    "grid": "#2b3137",
    "paper": "#15181b",
    "data": "#6db3e3",
    "band": "#21435c",
    "other": "#efa563",
    "mute": "#87919b",
    "met": "#4fc2ac",
    "not_met": "#f28f6f",
    "unsure": "#b8acc9",
    "hatch": "#3a4148",
}

NAME_OF: dict[str, Colour] = {LIGHT[name]: name for name in get_args(Colour)}
