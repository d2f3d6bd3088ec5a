"""What a page of the report is, and what it may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    import polars as pl

    from pipelines.report.charts import Chart
    from pipelines.report.wording import Wording
    from pipelines.wording import Language

Row = dict[str, Any]


class Ask(Protocol):
    """Asks the published tables one question of `queries/`."""

    def __call__(self, query: str, **variables: object) -> pl.DataFrame:
        """The answer to a query, by its file's name without `.sql`.

        Args:
            query: such as `goal_kpis`.
            variables: what the query calls `getvariable(...)`; `public` is always set.
        """
        ...


@dataclass(frozen=True)
class Publication:
    """What stands on every page.

    Args:
        organisation: `label_sv`, `label_en`.
        period: first and last day of the study period, local.
        as_of: the instant the figures stand for, UTC.
        zone: of the organisation's days.
        code_version: of Syfte.
        goals: rows of `published.goal` with `verdict` and `reasons` of `published.goal_verdict`, in goals.yaml's order.
    """

    organisation: Row
    period: tuple[dt.date, dt.date]
    as_of: dt.datetime
    zone: ZoneInfo
    code_version: str
    goals: tuple[Row, ...]


@dataclass(frozen=True)
class Site:
    """One variant of the report in one language: what a page is made from.

    Args:
        lang: of every text.
        is_public: figures of small groups are withheld or rounded, and what concerns only the institution is left out.
        say: its texts, numbers and days.
        publication: what stands on every page.
        ask: asks the published tables.
    """

    lang: Language
    is_public: bool
    say: Wording
    publication: Publication
    ask: Ask


@dataclass(frozen=True)
class Page:
    """A page before it is rendered.

    Args:
        path: below the language's folder, ASCII, the same in every language: `tips.html`, `goal-tips.html`.
        title: its `<title>` and first heading.
        template: of `templates/`; it extends `base.html.j2`.
        values: what the template is given beside the site's own.
        charts: what it shows; the template draws one with `{{ figure(chart) }}` wherever it likes. All are drawn at
            once, and each gets its CSV.
        tables: further tables to download, name -> frame with headings in the language; `{{ csv(name) }}` is the link.
        place: its name in the navigation; empty for a page that is only linked from others.
        section: pages of one section mark the same entry of the navigation as the current one.
    """

    path: str
    title: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    charts: Sequence[Chart] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict[str, Any])
    place: str = ""
    section: str = ""


if TYPE_CHECKING:
    PageMaker = Callable[[Site], Iterable[Page]]
