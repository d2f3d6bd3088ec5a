"""The pages of a publication, as text and as files."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from pipelines.report.pages import glossary, goal, method, posts, quality, tips
from pipelines.report.reading import asking, publication
from pipelines.report.rendering import site_files
from pipelines.report.site import Site
from pipelines.report.wording import Wording

if TYPE_CHECKING:
    import duckdb

    from pipelines.wording import Language

MAKERS = (goal.pages, tips.pages, posts.pages, quality.pages, method.pages, glossary.pages)


def files(con: duckdb.DuckDBPyConnection, *, lang: Language = "sv", public: bool = False) -> dict[str, str]:
    """Every page and CSV of one language, by its path below the language's folder."""
    ask = asking(con, public=public)
    site = Site(lang, public, Wording(lang), publication(ask), ask)
    made = site_files(site, [page for maker in MAKERS for page in maker(site)])
    return {path: content.decode("utf-8") for path, content in made.items()}


def said(html: str) -> str:
    """What a page says, without its marks; spaces of every kind are one."""
    body = re.sub(r"<(style|script|title|desc)\b.*?</\1>", " ", html[html.index("<main") :], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
