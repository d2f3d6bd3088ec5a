"""A picture as Vega draws it, made fit for a page: small, without styles or scripts, in the page's colours and fonts.

Only what is named here stays: elements of `_ELEMENTS`, attributes of `_KEPT`. Colours become classes, which
`assets/charts.css` defines for light and dark pages; a mark that draws a row of the chart's table says which
(`data-row`). Whatever else Vega says of its marks goes: the picture as a whole says it in `<title>` and `<desc>`.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pipelines.plain_text import safe
from pipelines.report.charts.palette import NAME_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELEMENTS = frozenset({"g", "path", "line", "rect", "circle", "text"})

_KEPT = (
    "class", "x", "y", "x2", "y2", "cx", "cy", "r", "width", "height", "d", "transform", "fill", "stroke-width",
    "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "text-anchor", "font-size", "font-weight", "data-row",
)  # fmt: skip

_SHARED = ("class", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "text-anchor", "font-size",
           "font-weight")  # fmt: skip
"""Attributes that a group may say once for all that is in it."""

_DEFAULTS = {"stroke-width": "1", "text-anchor": "start", "font-weight": "normal", "stroke-linecap": "butt"}

MANY = 250
"""More circles than this in one group become dots of one path."""

_NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?|-?\d+(?:\.\d+)?e-?\d+")
_CIRCLE = re.compile(r"^M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0$")
_MOVED = re.compile(r"^translate\(([^,]+),([^)]+)\)$")


HERE = "\0"
"""Stands in a fitted picture for its identity; no text of a picture has this sign (`plain_text.safe`)."""


def fitted(drawn: str) -> str:
    """What a page keeps of a picture, wherever it stands: its box, a line break, its marks.

    Args:
        drawn: SVG as Vega wrote it, from a specification in the light colours of `palette.py`.
    """
    source = ET.fromstring(drawn)  # noqa: S314 - written by our own renderer, which escapes what it is given
    for sheet in source.findall("{*}rect"):
        source.remove(sheet)  # the page is the background
    marks = list(_cleaned(source))
    for child in marks:
        for mark in child.iter():
            if "f-hatch" in mark.get("class", "").split():
                mark.set("fill", f"url(#{HERE}-h)")
                mark.set("class", mark.attrib["class"].replace("f-hatch", "hatched"))
    return f"{source.get('viewBox', '0 0 0 0')}\n{''.join(map(_written, marks))}"


def inlined(fit: str, *, identity: str, title: str, summary: str, css_class: str) -> str:
    """The picture as it stands in the page.

    Args:
        fit: what `fitted` left of it.
        identity: unique in the page; its parts' ids begin with it.
        title: name of the picture for those who do not see it.
        summary: what is to be seen.
        css_class: of the picture, after `chart`.
    """
    box, _, marks = fit.partition("\n")
    pattern = ""
    if f"url(#{HERE}-h)" in marks:
        marks = marks.replace(HERE, identity)
        pattern = (
            f'<pattern id="{identity}-h" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><path class="s-hatch" stroke-width="2.4" d="M0,0V6"/></pattern>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart {css_class}" viewBox="{box}" role="img" '
        f'aria-labelledby="{identity}-t {identity}-d"><title id="{identity}-t">{text(title)}</title>'
        f'<desc id="{identity}-d">{text(summary)}</desc>{pattern}{marks}</svg>'
    )


def text(words: str) -> str:
    """Words from anywhere as HTML and SVG take them: none of them is markup, no sign turns or hides the others."""
    return escape(safe(words), quote=True)


def _cleaned(source: ET.Element) -> Iterator[ET.Element]:
    """What remains of an element's children."""
    for child in source:
        name = child.tag.rpartition("}")[2]
        if name not in _ELEMENTS or child.get("class") in {"background", "foreground"}:
            continue
        element = ET.Element(name, _attributes(child, name))
        if name == "text":
            element.text = safe("".join(child.itertext()))
        children = list(_cleaned(child))
        if name == "g":
            yield from _grouped(element, children)
        elif element.text or name != "text":
            yield _smaller(element)


def _grouped(group: ET.Element, children: list[ET.Element]) -> Iterator[ET.Element]:
    """A group if it says anything, else what is in it."""
    if not children:
        return
    if len(children) > 1:
        for name in _SHARED:
            values = {child.get(name) for child in children}
            if len(values) == 1 and (value := values.pop()) is not None and name not in group.attrib:
                group.set(name, value)
                for child in children:
                    del child.attrib[name]
    children = _merged(group, children)
    if not group.attrib:
        yield from children
        return
    group.extend(children)
    yield group


def _merged(group: ET.Element, children: list[ET.Element]) -> list[ET.Element]:
    """Hundreds of like circles as one path of dots, which takes a fifth of the room; they point at no rows then."""
    first = children[0]
    like = all(child.tag == "circle" and child.get("r") == first.get("r") for child in children)
    if len(children) <= MANY or not like or any("class" in child.attrib for child in children):
        return children
    places = "".join(f"M{child.attrib['cx']},{child.attrib['cy']}h0" for child in children)
    width = _rounded(str(2 * float(first.get("r", "0"))))
    filled = next((name for name in group.get("class", "").split() if name.startswith("f-")), "f-data")
    dots = {"d": places, "class": f"s-{filled.removeprefix('f-')}", "stroke-width": width, "stroke-linecap": "round"}
    return [ET.Element("path", dots)]


def _attributes(element: ET.Element, name: str) -> dict[str, str]:
    """Of an element's attributes those that stay, numbers rounded to a tenth of a pixel."""
    given = element.attrib
    classes = [f"f-{NAME_OF[fill]}"] if (fill := given.get("fill")) in NAME_OF else []
    if (stroke := given.get("stroke")) in NAME_OF and given.get("stroke-width") != "0":
        classes.append("halo" if name == "text" else f"s-{NAME_OF[stroke]}")
    kept = {key: given[key] for key in _KEPT if key in given and key not in {"class", "fill"}}
    if classes:
        kept["class"] = " ".join(classes)
    elif fill in {"none", "transparent"}:
        kept["fill"] = "none"
    if name == "text":
        kept.pop("stroke-width", None)
        kept["font-size"] = given.get("font-size", "").removesuffix("px")
    if given.get("aria-label", "").startswith("row:"):
        kept["data-row"] = given["aria-label"].removeprefix("row:")
    return {
        key: rounded
        for key, value in kept.items()
        if (rounded := _rounded(value)) and rounded not in {_DEFAULTS.get(key), "translate(0,0)"}
    }


def _smaller(element: ET.Element) -> ET.Element:
    """The same mark in fewer letters: places instead of moves, circles instead of their outlines."""
    moved = _MOVED.match(element.get("transform", ""))
    x, y = moved.groups() if moved else ("0", "0")
    if circle := _CIRCLE.match(element.get("d", "")):
        element.tag = "circle"
        del element.attrib["d"]
        element.attrib |= {"cx": x, "cy": y, "r": circle[1]}
        element.attrib.pop("transform", None)
    elif element.tag == "text" and moved:
        element.attrib |= {"x": x, "y": y}
        del element.attrib["transform"]
    elif element.tag == "line":
        place = {"x1": x, "y1": y, "x2": _sum(x, element.get("x2")), "y2": _sum(y, element.get("y2"))}
        element.tag, element.text = "path", None
        for key in ("x2", "y2", "transform"):
            element.attrib.pop(key, None)
        element.set("d", f"M{place['x1']},{place['y1']}L{place['x2']},{place['y2']}")
    if element.get("stroke-width") == "0":
        del element.attrib["stroke-width"]
    return element


def _sum(place: str, length: str | None) -> str:
    return _rounded(str(round(float(place) + float(length or 0), 4)))


def _rounded(value: str) -> str:
    return _NUMBER.sub(lambda found: _short(float(found[0])), value)


def _short(value: float) -> str:
    rounded = f"{value:.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded


def _written(element: ET.Element) -> str:
    """An element as text, attributes in one order."""
    attributes = "".join(
        f' {key}="{escape(element.attrib[key], quote=True)}"' for key in _KEPT if key in element.attrib
    )
    inside = escape(element.text or "", quote=False) + "".join(_written(child) for child in element)
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>" if inside else f"<{element.tag}{attributes}/>"
