"""Data quality and freshness: what was read and not, what the checks found, what changed, and what ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.api_versions import end_of
from pipelines.report.charts.figures import figure, number
from pipelines.report.pages import telling
from pipelines.report.pages.blocks import Block, Cell, Folded, Listing, Points, Prose, Section, page
from pipelines.report.pages.goal import unit_names
from pipelines.report.pages.words import listed, named, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.report.site import Page, Row, Site
    from pipelines.wording import Language


def pages(site: Site) -> Iterator[Page]:
    """`quality.html`."""
    lang = site.lang
    accounts, checks, sources = site.ask("quality_accounts"), site.ask("quality_checks"), site.ask("quality_sources")
    yield page(
        site,
        path="quality.html",
        title=say("quality.title", lang),
        summary=say("quality.summary", lang),
        blocks=(
            Points(tuple(_glance(accounts, checks, sources, lang))),
            _accounts(accounts, unit_names(site), lang),
            _sources(sources, lang),
            _not_offered(site.ask("quality_not_offered"), lang),
            _checks(checks, lang),
            _counters(site.ask("quality_counters"), lang),
            _breaks(site.ask("series_breaks"), lang),
            _revisions(site),
        ),
        place=say("quality.place", lang),
        section="quality",
    )


def _headings(lang: Language, *keys: str) -> tuple[str, ...]:
    return tuple(say(key if "." in key else f"quality.{key}", lang) for key in keys)


def _glance(accounts: pl.DataFrame, checks: pl.DataFrame, sources: pl.DataFrame, lang: Language) -> Iterator[str]:
    def told(many: int) -> str:
        return number(many, lang, decimals=0)

    read = accounts.filter(pl.col("reading") == "read").height
    yield say("quality.accounts_line", lang, read=told(read), all=told(accounts.height))
    failed, untested = checks.filter(~pl.col("success")).height, checks["success"].null_count()
    yield say(
        "quality.checks_line", lang, ok=told(checks.height - failed - untested), all=told(checks.height),
        failed=told(failed), untested=told(untested),
    )  # fmt: skip
    yield say("quality.aside_line", lang, rows=told(int(sources["rows_kept_aside"].sum() or 0)))


def _accounts(frame: pl.DataFrame, units: dict[str, str], lang: Language) -> Section:
    def cells(row: Row) -> tuple[Cell, ...]:
        return (
            telling.text(row["account_id"]),
            Cell(named("platform", row["platform"], lang)),
            telling.text(units.get(row["unit_id"], row["unit_id"]) or say("table.unknown", lang)),
            Cell(named("reading", row["reading"], lang), is_void=row["reading"] != "read"),
            telling.day(row["last_read_at"], lang)
            if row["last_read_at"]
            else Cell(say("table.never", lang), is_void=True),
            telling.count(row["days_measured"], lang, state="not_offered" if row["not_offered"] else "missing"),
            telling.day(row["last_post_at"], lang),
            Cell(listed("metric", row["not_offered"], lang)),
        )

    listing = Listing(
        name="accounts-table",
        caption=say("quality.accounts_caption", lang),
        headings=_headings(
            lang,
            "account",
            "table.platform",
            "table.unit",
            "reading",
            "last_read",
            "days",
            "last_post",
            "not_offered_here",
        ),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("quality.no_accounts", lang),
    )
    return Section(
        "accounts", say("quality.accounts", lang), (Prose(say("quality.accounts_note", lang), "note"), listing)
    )


def _sources(frame: pl.DataFrame, lang: Language) -> Section:
    def cells(row: Row) -> tuple[Cell, ...]:
        asked, answered = row["version_asked"] or "", row["version_answered"] or ""
        version = (
            say("quality.version_other", lang, asked=asked, answered=answered)
            if answered and answered != asked
            else asked
        )
        end = end_of(row["source"], asked)
        return (
            Cell(named("source", row["source"], lang)),
            telling.english(row["stream"]),
            telling.instant(row["last_read_at"], lang),
            _rows(row["rows_stored"], lang),
            _rows(row["rows_kept_aside"], lang),
            telling.text(version or say("quality.no_version", lang)),
            telling.day(end, lang) if end else Cell(say("quality.no_end", lang) if asked else ""),
        )

    listing = Listing(
        name="sources-table",
        caption=say("quality.sources_caption", lang),
        headings=_headings(lang, "source", "stream", "last_read", "rows", "aside", "version", "version_ends"),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("quality.nothing_read", lang),
    )
    return Section("sources", say("quality.sources", lang), (listing,))


def _rows(many: float | None, lang: Language) -> Cell:
    """A number of rows; that of tips is told nowhere, because it grows by what a day brought."""
    return (
        Cell(say("table.withheld", lang), is_number=True, is_void=True) if many is None else telling.count(many, lang)
    )


def _not_offered(frame: pl.DataFrame, lang: Language) -> Section:
    def cells(row: Row) -> tuple[Cell, ...]:
        return (
            Cell(named("platform", row["platform"], lang)),
            Cell(named("scope", row["scope"], lang)),
            telling.text(named("metric", row["metric"], lang)),
            Cell(named("certainty", row["word"], lang)),
            telling.day(row["since"], lang) if row["since"] else Cell(""),
            telling.english(row["note"]),
        )

    listing = Listing(
        name="not-offered-table",
        caption=say("quality.not_offered_caption", lang),
        headings=_headings(lang, "table.platform", "scope", "metric", "why", "since", "note"),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("quality.all_offered", lang),
    )
    return Section(
        "not-offered", say("quality.not_offered", lang), (Prose(say("quality.not_offered_note", lang), "note"), listing)
    )


def _checks(frame: pl.DataFrame, lang: Language) -> Section:
    if frame.is_empty():
        return Section("checks", say("quality.checks", lang), (Prose(say("quality.no_checks", lang)),))
    bad = frame.filter(pl.col("success").is_null() | ~pl.col("success"))
    failing = _check_listing(bad, "failing", "quality.failing_caption", "quality.no_failing", lang)
    every = _check_listing(frame, "all-checks", "quality.all_checks", "quality.no_checks", lang)
    notes = (Prose(say("quality.checks_note", lang), "note"), Prose(say("quality.english", lang), "note"))
    return Section(
        "checks", say("quality.checks", lang), (*notes, failing, Folded(say("quality.all_checks", lang), (every,)))
    )


def _check_listing(frame: pl.DataFrame, name: str, caption: str, nothing: str, lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        outcome = {True: "holds", False: "fails", None: "untested"}[row["success"]]
        return (
            telling.english(row["expectation"]),
            telling.text(row["table_name"]),
            Cell(say(f"quality.{outcome}", lang), is_void=outcome == "untested"),
            Cell(named("severity", row["severity"], lang)),
            telling.english(row["detail"]),
        )

    return Listing(
        name=name,
        caption=say(caption, lang),
        headings=_headings(lang, "expectation", "table", "result", "severity", "detail"),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say(nothing, lang),
    )


def _counters(frame: pl.DataFrame, lang: Language) -> Section:
    def cells(row: Row) -> tuple[Cell, ...]:
        share = (
            Cell(figure(row["wrong_ratio"], "share", lang), is_number=True)
            if row["wrong_ratio"] is not None
            else telling.void("missing", lang)
        )
        return (
            Cell(named("platform", row["platform"], lang)),
            telling.text(row["native_metric"]),
            telling.count(row["complete_checks"], lang),
            telling.count(row["wrong_checks"], lang),
            share,
            telling.count(row["largest_difference"], lang),
        )

    listing = Listing(
        name="counters-table",
        caption=say("quality.counters_caption", lang),
        headings=_headings(lang, "table.platform", "metric", "compared", "wrong", "wrong_share", "largest"),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("quality.no_counters", lang),
    )
    return Section(
        "counters", say("quality.counters", lang), (Prose(say("quality.counters_note", lang), "note"), listing)
    )


def _breaks(frame: pl.DataFrame, lang: Language) -> Section:
    def cells(row: Row) -> tuple[Cell, ...]:
        factor = row["bridge_factor"]
        return (
            telling.day(row["break_date"], lang),
            Cell(named("platform", row["platform"], lang)),
            telling.text(named("metric", row["metric"], lang)),
            telling.english(row["old_definition"]),
            telling.english(row["new_definition"]),
            Cell(figure(factor, "ratio", lang), is_number=True)
            if factor is not None
            else Cell(say("quality.no_bridge", lang), is_void=True),
        )

    listing = Listing(
        name="breaks-table",
        caption=say("quality.breaks_caption", lang),
        headings=_headings(lang, "day", "table.platform", "metric", "old", "new", "bridge"),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("quality.no_breaks", lang),
    )
    return Section("breaks", say("quality.breaks", lang), (Prose(say("quality.breaks_note", lang), "note"), listing))


def _revisions(site: Site) -> Section:
    lang = site.lang
    goals = {goal["goal_id"]: site.say.of(goal, "label") for goal in site.publication.goals}

    def cells(row: Row) -> tuple[Cell, ...]:
        return (
            telling.text(f"{goals.get(row['goal_id'], row['goal_id'])}: {row['kpi_id']}"),
            *(telling.value({"value": row[f"value_{when}"]}, row["unit"] or "", lang) for when in ("old", "new")),
            Cell(named("verdict", row["verdict_new"], lang)),
            telling.text("; ".join(_reason(code, lang) for code in (row["why"] or "").split(",") if code)),
        )

    blocks: list[Block] = [Prose(say("quality.revisions_note", lang), "note")]
    if site.is_public:
        blocks.append(Prose(say("quality.public_revisions", lang), "note"))
    blocks.append(
        Listing(
            name="revisions-table",
            caption=say("quality.revisions_caption", lang),
            headings=_headings(lang, "goal.kpi", "before", "after", "goal.verdict", "why"),
            rows=tuple(cells(row) for row in site.ask("quality_revisions").iter_rows(named=True)),
            nothing=say("quality.no_revisions", lang),
        )
    )
    return Section("revisions", say("quality.revisions", lang), tuple(blocks))


def _reason(code: str, lang: Language) -> str:
    """Why a figure changed, such as `new_rows:x.posts=3`."""
    kind, _, what = code.strip().partition(":")
    return named("why", kind, lang).format(what=what)
