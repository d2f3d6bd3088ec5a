"""The glossary: our words with their meaning in the page's language, and what the platforms' figures count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.pages import telling
from pipelines.report.pages.blocks import Cell, Code, Listing, Prose, Section, Terms, Words, page
from pipelines.report.pages.words import named, say, written
from pipelines.wording import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.report.site import Page, Row, Site
    from pipelines.wording import Language


def pages(site: Site) -> Iterator[Page]:
    """`glossary.html`."""
    lang = site.lang
    blocks = (
        Section("words", say("glossary.words", lang), (Terms(tuple(entries(lang))),)),
        Section(
            "metrics",
            say("glossary.metrics", lang),
            (Prose(say("glossary.metrics_note", lang), "note"), _metrics(site.ask("glossary_metrics"), lang)),
        ),
    )
    yield page(
        site,
        path="glossary.html",
        title=say("glossary.title", lang),
        summary=say("glossary.summary", lang),
        blocks=blocks,
        place=say("glossary.place", lang),
        section="glossary",
    )


def entries(lang: Language) -> list[tuple[Words, Words]]:
    """Each word with its meaning, in the language's own order."""
    found = [(str(entry[f"word_{lang}"]), str(entry[f"meaning_{lang}"])) for entry in written("glossary")["entry"]]
    ordered = sorted(found, key=lambda pair: in_order(pair[0]))
    return [(word, with_code(meaning[:1].upper() + meaning[1:].replace("*", ""))) for word, meaning in ordered]


def with_code(text: str) -> Words:
    """Text in which what stands between backticks is code."""
    parts = text.split("`")
    return tuple(Code(part) if index % 2 else part for index, part in enumerate(parts) if part)


def _metrics(frame: pl.DataFrame, lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        return (
            Cell(named("metric", row["metric"], lang)),
            Cell(named("platform", row["platform"], lang)),
            Cell(named("scope", row["scope"], lang)),
            telling.text(row["native_metric"]),
            telling.day(row["valid_from"], lang) if row["valid_from"] else Cell(""),
            telling.day(row["valid_to"], lang) if row["valid_to"] else Cell(""),
            telling.english(row["definition"]),
        )

    return Listing(
        name="metrics-table",
        caption=say("glossary.metrics_caption", lang),
        headings=tuple(
            say(key, lang)
            for key in (
                "quality.metric",
                "table.platform",
                "quality.scope",
                "glossary.native",
                "glossary.from",
                "glossary.to",
                "goal.definition",
            )
        ),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("glossary.no_metrics", lang),
    )
