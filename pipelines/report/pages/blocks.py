"""What a page is made of. A page is data: its template knows how each block looks, and nothing of what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from pipelines.report.pages.words import say
from pipelines.report.site import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.report.charts import Chart
    from pipelines.report.site import Site


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere: to a page or a place of this site, or to one of the institution's own posts.

    Args:
        text: the words.
        href: relative within the site, else `https:`.
    """

    what: ClassVar[str] = "link"

    text: str
    href: str

    @property
    def is_outside(self) -> bool:
        """It leaves the site."""
        return self.href.startswith("https://")


@dataclass(frozen=True)
class Code:
    """A name or a command, as it is typed."""

    what: ClassVar[str] = "code"

    text: str


Words: TypeAlias = str | Link | Code | tuple[str | Link | Code, ...]
"""Running text; a tuple is read without spaces between its parts."""


@dataclass(frozen=True)
class Prose:
    """A paragraph. `lead` is larger, `note` smaller."""

    what: ClassVar[str] = "prose"

    words: Words
    kind: str = "text"


@dataclass(frozen=True)
class Verdict:
    """A verdict as a mark: shape and word, so that it can be told without its colour.

    Args:
        code: `met`, `not_met` or `insufficient_evidence`.
        word: the same in the language.
        words: what it means here.
    """

    what: ClassVar[str] = "verdict"

    code: str
    word: str
    words: Words


@dataclass(frozen=True)
class Points:
    """A list."""

    what: ClassVar[str] = "points"

    items: tuple[Words, ...]


@dataclass(frozen=True)
class Terms:
    """Terms with what they are, or labels with their figures."""

    what: ClassVar[str] = "terms"

    items: tuple[tuple[Words, Words], ...]


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Args:
        words: what stands there; empty only where there is nothing to say.
        is_number: set flush right.
        is_void: there is no figure; the words say why.
        lang: of the words, where they are not in the page's language.
    """

    words: Words
    is_number: bool = False
    is_void: bool = False
    lang: str = ""


@dataclass(frozen=True)
class Listing:
    """A table. The first cell of a row is its heading.

    Args:
        name: its id, unique in the page.
        caption: what it lists.
        headings: of the columns.
        rows: as many cells as there are headings.
        nothing: said instead of a table without rows.
    """

    what: ClassVar[str] = "listing"

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    nothing: str

    @property
    def is_long(self) -> bool:
        """It scrolls within the page."""
        return len(self.rows) > 12 or len(self.headings) > 5


@dataclass(frozen=True)
class Picture:
    """A chart with its table.

    Args:
        chart: the chart.
        source: what its figures were read from, as one line.
    """

    what: ClassVar[str] = "picture"

    chart: Chart
    source: Words


@dataclass(frozen=True)
class Folded:
    """Blocks that the reader opens."""

    what: ClassVar[str] = "folded"

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it; sections nest.

    Args:
        name: its id, unique in the page.
        title: its heading.
        blocks: what stands below.
    """

    what: ClassVar[str] = "section"

    name: str
    title: str
    blocks: tuple[Block, ...]


Block: TypeAlias = Prose | Verdict | Points | Terms | Listing | Picture | Folded | Section


def every(blocks: Iterable[Block]) -> Iterator[Block]:
    """All blocks, in order, those within others too."""
    for block in blocks:
        yield block
        if isinstance(block, Section | Folded):
            yield from every(block.blocks)


def places(*parts: str) -> str:
    """A name for a place in a page, and for a file: lower case letters, digits and dashes, whatever the parts are."""
    named = "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
    return re.sub(r"-+", "-", named).strip("-")[:60]


def page(
    site: Site, *, path: str, title: str, summary: str, blocks: tuple[Block, ...], place: str = "", section: str = ""
) -> Page:
    """A page of blocks, as the site takes it.

    Args:
        site: the variant.
        path: of its file.
        title: its heading.
        summary: one sentence on what is to be found there.
        blocks: before the first section, then sections.
        place: its name in the navigation; empty for none.
        section: entry of the navigation that it marks.
    """
    return Page(
        path=path,
        title=title,
        template="blocks.html.j2",
        values={
            "summary": summary,
            "blocks": blocks,
            "contents": [block for block in blocks if isinstance(block, Section)],
            "contents_title": say("table.contents", site.lang),
        },
        charts=[block.chart for block in every(blocks) if isinstance(block, Picture)],
        place=place,
        section=section,
    )
