"""The registry of pages, in the order of the navigation.

To add a page: a function `(Site) -> Iterable[Page]` (one page, one per goal, or none where there is nothing to tell), a
template `templates/<name>.html.j2` that begins with `{% extends "base.html.j2" %}` and fills the block `content`, and
its questions in `queries/`; then name the function here. `site.py` says what a page is and what it may know;
`parts.html.j2` has figures, verdicts and tables. The first page links `tips.html`, `posts.html`, `quality.html`,
`method.html`, `glossary.html` and `goal-<goal_id>.html` as soon as there are pages of these names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report import first
from pipelines.report.pages import glossary, goal, method, posts, quality, tips

if TYPE_CHECKING:
    from pipelines.report.site import PageMaker

PAGES: tuple[PageMaker, ...] = (
    first.pages,
    goal.pages,
    tips.pages,
    posts.pages,
    quality.pages,
    method.pages,
    glossary.pages,
)
