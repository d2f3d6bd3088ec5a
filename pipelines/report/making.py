"""The whole report: every page in every language, as files in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pipelines.report.first import summary
from pipelines.report.reading import asking, publication
from pipelines.report.registry import PAGES
from pipelines.report.rendering import asset_files, site_files, templates
from pipelines.report.site import Site
from pipelines.report.wording import Wording
from pipelines.wording import Language

if TYPE_CHECKING:
    import duckdb


def report_files(con: duckdb.DuckDBPyConnection, *, public: bool) -> dict[str, bytes]:
    """All files of one variant.

    Args:
        con: the readers' database, open; nothing else is read.
        public: as anybody may see it (docs/report.md says what that leaves out).

    Returns:
        Path below the report's folder -> content; the same for the same publication, byte for byte.

    Raises:
        StorageError: the publication is of an earlier version.
    """
    ask = asking(con, public=public)
    about = publication(ask)
    files = asset_files()
    openings: list[dict[str, Any]] = []
    for lang in get_args(Language):
        site = Site(lang, public, Wording(lang), about, ask)
        pages = [page for made in PAGES for page in made(site)]
        files |= site_files(site, pages)
        openings.append({"site": site, "sentence": summary(site)})
    front = templates().get_template("front.html.j2").render(openings=openings, publication=about)
    return {"index.html": front.encode("utf-8"), **files}
