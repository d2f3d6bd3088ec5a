"""Colours can be told apart and read, on light pages and dark ones, and the style sheet has them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.report.charts.palette import DARK, LIGHT

CSS = Path("pipelines/report/assets/charts.css")
TEXT = ("ink", "soft", "data", "other", "met", "not_met", "unsure")
MARKS = (*TEXT, "line", "mute")


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_have_a_contrast_of_4_5_and_marks_of_3(colours):
    assert {
        name: contrast(colours[name], colours["paper"])
        for name in TEXT
        if contrast(colours[name], colours["paper"]) < 4.5
    } == {}
    assert {name for name in MARKS if contrast(colours[name], colours["paper"]) < 3} == set()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_drawn_on_a_band_can_still_be_seen(colours):
    for name in ("data", "ink", "other"):
        assert contrast(colours[name], colours["band"]) >= 3, name


def test_no_two_meanings_share_a_colour():
    assert len(set(LIGHT.values())) == len(LIGHT)
    assert set(LIGHT) == set(DARK)


def variables(block):
    return dict(re.findall(r"--chart-([a-z-]+): (#[0-9a-f]{6});", block))


def test_the_style_sheet_gives_every_colour_its_light_and_dark_value_and_its_classes():
    css = CSS.read_text(encoding="utf-8")
    blocks = [variables(block) for block in re.findall(r":root[^{]*\{([^}]*)\}", css)]
    light, dark = ({name.replace("_", "-"): value for name, value in colours.items()} for colours in (LIGHT, DARK))
    assert blocks == [light, dark, dark, light]
    for name in LIGHT:
        if name != "hatch":
            assert f".f-{name} {{ fill: var(--chart-{name.replace('_', '-')}); }}" in css
        assert f".s-{name} {{ stroke: var(--chart-{name.replace('_', '-')}); }}" in css
