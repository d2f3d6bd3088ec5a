"""What is seen in a picture, read back from its SVG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Mark:
    """An element of a picture, with what its groups say of it."""

    kind: str
    classes: frozenset[str]
    row: int | None
    text: str
    at: dict[str, str]


def marks(picture: str) -> list[Mark]:
    """All marks of a picture (of several pictures side by side too), in the order they are drawn."""
    whole = ET.fromstring(f"<all>{picture}</all>")  # noqa: S314 - our own pictures
    return [mark for root in whole for mark in _marks(root, {})]


def _marks(element: ET.Element, said: dict[str, str]):
    kind = element.tag.removeprefix(SVG)
    at = {**said, **element.attrib, "class": f"{said.get('class', '')} {element.get('class', '')}"}
    if kind in {"g", "svg", "ul", "li"}:
        for child in element:
            yield from _marks(child, {} if kind == "svg" else at)
    elif kind in {"path", "circle", "rect", "text"}:
        row = element.get("data-row")
        text = "".join(element.itertext())
        yield Mark(kind, frozenset(at["class"].split()), None if row is None else int(row), text, at)


def words(picture: str) -> list[str]:
    return [mark.text for mark in marks(picture) if mark.kind == "text"]


def of(picture: str, *classes: str, kind: str | None = None) -> list[Mark]:
    """The marks that have all these classes."""
    return [mark for mark in marks(picture) if mark.classes >= set(classes) and kind in {None, mark.kind}]


def wide(picture: str) -> str:
    """Of a wide and a narrow picture the wide one."""
    return picture[: picture.index("</svg>") + 6]


def lines(mark: Mark) -> int:
    """How many lines a path has: how often it puts the pen down."""
    return len(re.findall("M", mark.at["d"]))


def heights(mark: Mark) -> list[float]:
    """The vertical places of a path's points."""
    return [float(y) for _, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", mark.at["d"])]
