"""What a goal's verdict rests on: posts, rules, surveys. And what is missing: not read, or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.charts import waiting
from pipelines.report.charts.figures import figure, number
from pipelines.report.charts.scales import day_name
from pipelines.report.pages import telling
from pipelines.report.pages.blocks import Block, Cell, Folded, Listing, Picture, Points, Prose, Section, places
from pipelines.report.pages.goal_kpi import kpi_name, source
from pipelines.report.pages.words import listed, named, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.report.site import Row, Site
    from pipelines.wording import Language


def rests_on(site: Site, goal_id: str) -> Section:
    """Posts by what says that they serve the goal, how good the rules are, surveys, and how long questions wait."""
    lang = site.lang
    posts = site.ask("goal_evidence", goal=goal_id)
    blocks: list[Block] = [Prose(say("goal.evidence_note", lang), "note"), _posts(posts, lang)]
    if not posts.is_empty():
        blocks.append(Prose(_rules(site, goal_id)))
    surveys = site.ask("goal_surveys", goal=goal_id)
    if not surveys.is_empty():
        blocks.append(_surveys(surveys, lang))
    times = site.ask("goal_response_times", goal=goal_id)
    for index in range(times.height):
        row = times.row(index, named=True)
        title = f"{say('goal.waiting', lang)} ({named('variant', row['hours'], lang)})"
        name = places("waiting", goal_id, row["kpi_id"], row["hours"])
        blocks.append(Picture(waiting(times[index], name=name, title=title, lang=lang), source("response_time", lang)))
    return Section("evidence", say("goal.evidence", lang), tuple(blocks))


def _posts(posts: pl.DataFrame, lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        said = [
            telling.count(row[key] or 0, lang)
            for key in ("by_rule", "by_hashtag", "by_hand", "posts", "platform_posts")
        ]
        return (Cell(named("platform", row["platform"], lang)), *said)

    methods = [named("method_of_match", code, lang) for code in ("rule", "hashtag", "manual")]
    return Listing(
        name="posts",
        caption=say("goal.evidence_caption", lang),
        headings=(say("table.platform", lang), *methods, say("table.posts", lang), say("goal.all_posts", lang)),
        rows=tuple(cells(row) for row in posts.iter_rows(named=True)),
        nothing=say("goal.no_posts", lang),
    )


def _rules(site: Site, goal_id: str) -> str:
    """How the rules did on a blind sample; that nobody tried them is said too."""
    lang = site.lang
    tried = site.ask("goal_rules", goal=goal_id).row(0, named=True)
    if tried["coded_posts"] is None:
        return say("goal.rules_untried", lang)

    def told(part: float | None) -> str:
        return say("table.unknown", lang) if part is None else telling.share(part, lang)

    posts = number(tried["coded_posts"], lang, decimals=0)
    return say(
        "goal.rules", lang, posts=posts, precision=told(tried["rules_precision"]), recall=told(tried["rules_recall"])
    )


def _surveys(surveys: pl.DataFrame, lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        return (
            Cell(named("variant", row["variant"], lang)),
            telling.text(row["question"]),
            telling.text(row["frame"]),
            telling.count(row["n"], lang, state=row["state"]),
            telling.value(row, "share", lang),
            telling.interval(row, "share", lang),
            Cell(named("speaks_of", row["speaks_of"], lang)),
        )

    keys = (
        "goal.survey",
        "goal.asked",
        "goal.frame",
        "goal.answers",
        "table.value",
        "table.interval",
        "goal.speaks_of",
    )
    return Listing(
        name="surveys",
        caption=say("goal.surveys", lang),
        headings=tuple(say(key, lang) for key in keys),
        rows=tuple(cells(row) for row in surveys.iter_rows(named=True)),
        nothing=say("table.none", lang),
    )


def missing(site: Site, goal_id: str, kpis: pl.DataFrame, breaks: pl.DataFrame) -> Section:
    """What was not read, where definitions changed, and what was left out."""
    lang = site.lang
    names = {row["kpi_id"]: row[f"label_{lang}"] or row["kpi_id"] for row in kpis.iter_rows(named=True)}
    lines = [
        *_unread(kpis, lang),
        *_gaps(site.ask("goal_missing", goal=goal_id), names, lang),
        *_broken(breaks, names, lang),
    ]
    left_out = site.ask("goal_exclusions", goal=goal_id)
    blocks: list[Block] = []
    if lines:
        blocks.append(Points(tuple(lines)))
    elif left_out.is_empty():
        blocks.append(Prose(say("goal.nothing_missing", lang)))
    blocks.append(
        Folded(
            say("goal.left_out", lang),
            (Prose(say("goal.left_out_note", lang), "note"), _left_out(left_out, names, lang)),
        )
    )
    return Section("missing", say("goal.missing", lang), tuple(blocks))


def _unread(kpis: pl.DataFrame, lang: Language) -> Iterator[str]:
    for row in kpis.iter_rows(named=True):
        kpi = kpi_name(row, lang)
        if row["completeness"] is not None and row["completeness"] < 1:
            yield say("goal.missing_read", lang, kpi=kpi, read=telling.share(row["completeness"], lang))
        codes = [code for code in (row["reasons"] or "").split(",") if code and code != "no_target"]
        if codes:
            yield say("goal.missing_reason", lang, kpi=kpi, reasons=listed("reason", ",".join(codes), lang))


def _gaps(frame: pl.DataFrame, names: dict[str, str], lang: Language) -> Iterator[str]:
    for row in frame.iter_rows(named=True):
        if row["periods_missing"] or row["unit_periods_missing"]:
            kpi = f"{names.get(row['kpi_id'], row['kpi_id'])} ({named('grain', row['grain'], lang)})"
            yield say(
                "goal.missing_periods", lang, kpi=kpi, missing=row["periods_missing"], periods=row["periods"],
                unit_missing=row["unit_periods_missing"], unit_periods=row["unit_periods"],
            )  # fmt: skip


def _broken(breaks: pl.DataFrame, names: dict[str, str], lang: Language) -> Iterator[str]:
    for row in breaks.unique(["kpi_id", "platform", "break_date"], keep="first", maintain_order=True).iter_rows(
        named=True
    ):
        factor = row["bridge_factor"]
        told = (
            say("goal.unbridged", lang)
            if factor is None
            else say("goal.bridged", lang, factor=figure(factor, "ratio", lang))
        )
        yield say(
            "goal.missing_break", lang, kpi=names.get(row["kpi_id"], row["kpi_id"]), bridge=told,
            platform=named("platform", row["platform"], lang), day=day_name(row["break_date"], lang),
        )  # fmt: skip


def _left_out(frame: pl.DataFrame, names: dict[str, str], lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        return (
            telling.text(names.get(row["kpi_id"], row["kpi_id"])),
            Cell(named("left_out", row["what"], lang)),
            telling.count(row["excluded"], lang, state=row["state"]),
        )

    return Listing(
        name="left-out",
        caption=say("goal.left_out", lang),
        headings=tuple(say(f"goal.{key}", lang) for key in ("kpi", "what", "how_many")),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("goal.nothing_left_out", lang),
    )
