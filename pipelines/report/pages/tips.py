"""Tips: the three numbers, the gap to the target, the lag, what the ladder assumes. As published: counts only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.charts import Target, gap, lag_law, three_numbers, trend
from pipelines.report.charts.figures import figure, number, span
from pipelines.report.charts.scales import day_name
from pipelines.report.pages import telling
from pipelines.report.pages.blocks import Block, Cell, Folded, Listing, Picture, Prose, Section, Terms, page
from pipelines.report.pages.goal import unit_names
from pipelines.report.pages.goal_kpi import source
from pipelines.report.pages.words import listed, named, say
from pipelines.tips_wording import tips_sentences
from pipelines.wording import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.report.site import Page, Row, Site
    from pipelines.wording import Language

_COUNTS = ("documented", "touched", "incremental")

_UNITS = {"coverage_weight": "share", "coverage_gap_share": "share", "untreated_population_share_min": "share"}


def pages(site: Site) -> Iterator[Page]:
    """`tips.html`, also where no log of tips is read: that nothing is known is worth saying."""
    lang = site.lang
    touch, effect = site.ask("tips_three_numbers"), site.ask("tips_effect")
    months = site.ask("tips_by_month")
    blocks: list[Block] = [Prose(say("tips.counts", lang))]
    if touch.is_empty() and months.is_empty() and effect.is_empty():
        blocks = [Prose(say("tips.nothing", lang))]
    else:
        blocks += [*(Prose(line) for line in _sentence(effect, lang)), *_three(site, touch), _gap(effect, lang)]
        blocks += [_lag(site.ask("tips_lag"), lang), *_course(months, lang), _ladder(site, effect)]
    yield page(
        site,
        path="tips.html",
        title=say("tips.title", lang),
        summary=say("tips.summary", lang),
        blocks=tuple(blocks),
        place=say("tips.place", lang),
        section="tips",
    )


def _sentence(effect: pl.DataFrame, lang: Language) -> list[str]:
    """The verdict as the terminal says it."""
    if effect.is_empty():
        return []
    card = effect.row(0, named=True)
    return tips_sentences(effect.to_dicts(), card, lang)[:1]


def _three(site: Site, touch: pl.DataFrame) -> Iterator[Section]:
    lang = site.lang
    if touch.is_empty():
        return
    whole = touch.filter(touch["unit_id"].is_null() & touch["platform"].is_null())
    blocks: list[Block] = []
    if whole.height == 1:
        chart = three_numbers(whole, name="tips-three-numbers", title=say("tips.three_chart", lang), lang=lang)
        blocks.append(Picture(chart, source("tips_touch", lang)))
        counted_to = whole["counted_to"][0]
        if counted_to is not None and counted_to < whole["period_end"][0]:
            blocks.append(Prose(say("tips.counted_to", lang, day=day_name(counted_to, lang)), "note"))
        if whole["remark"][0] == "mostly_channel_shift":
            blocks.append(Prose(say("tips.shift", lang)))
    blocks.append(Terms(tuple((say(f"tips.{key}", lang), say(f"tips.{key}_text", lang)) for key in _COUNTS)))
    platforms = touch.filter(touch["unit_id"].is_null() & touch["platform"].is_not_null())
    blocks.append(_listing(platforms, "platform", {}, lang))
    if site.is_public:
        blocks.append(Prose(say("tips.units_hidden", lang), "note"))
    else:
        units = touch.filter(touch["unit_id"].is_not_null())
        listing = _listing(units, "unit_id", unit_names(site), lang)
        blocks.append(Folded(listing.caption, (Prose(say("tips.units_note", lang), "note"), listing)))
    yield Section("three", say("tips.three", lang), tuple(blocks))


def _listing(rows: pl.DataFrame, by: str, names: dict[str, str], lang: Language) -> Listing:
    """The three numbers by platform or unit, by name."""

    def cells(row: Row) -> tuple[Cell, ...]:
        called = named("platform", row[by], lang) if by == "platform" else names.get(row[by], row[by])
        return (telling.text(called), *(_count(row, key, lang) for key in _COUNTS))

    told = sorted((cells(row) for row in rows.iter_rows(named=True)), key=lambda row: in_order(telling.plain(row[0])))
    which = "platforms" if by == "platform" else "units"
    return Listing(
        name=which,
        caption=say(f"tips.{which}", lang),
        headings=(
            say("table.platform" if by == "platform" else "table.unit", lang),
            *(say(f"tips.{key}", lang) for key in _COUNTS),
        ),
        rows=tuple(told),
        nothing=say("table.none", lang),
    )


def _count(row: Row, key: str, lang: Language) -> Cell:
    """A count with its ends; the state's word where there is none, never a number."""
    state = row[f"{key}_state"]
    if row[key] is None or state != "measured":
        return telling.void(state, lang)
    told = number(row[key], lang, decimals=0)
    low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
    if low is not None and high is not None and low != high:
        told += f" ({number(low, lang, decimals=0)}–{number(high, lang, decimals=0)})"
    return Cell(told, is_number=True)


def _gap(effect: pl.DataFrame, lang: Language) -> Section:
    """The way from where it is to the target; or why nobody can tell."""
    rows = {row["measure"]: row for row in effect.iter_rows(named=True)}
    whole = rows.get("rr_nat")
    blocks: list[Block] = [Prose(say("tips.gap_text", lang))]
    if whole is None or whole["value"] is None:
        why = listed("reason", whole["failing"] if whole else "", lang) or say("tips.no_estimate", lang)
        blocks.append(Prose(say("tips.no_gap", lang, why=why)))
    elif whole["target_value"] is None or whole["target_value"] <= 1:
        blocks.append(Prose(say("tips.no_gap", lang, why=named("reason", "no_target", lang))))
    else:
        target = Target(whole["target_op"] or ">=", whole["target_value"])
        chart = gap(effect, name="tips-gap", title=say("tips.gap_chart", lang), lang=lang, target=target)
        blocks.append(Picture(chart, source("tips_effect", lang)))
    if not effect.is_empty():
        blocks.append(Folded(say("tips.estimate", lang), (_estimate(effect, lang),)))
    return Section("gap", say("tips.gap", lang), tuple(blocks))


def _estimate(effect: pl.DataFrame, lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        unit = _UNITS.get(row["measure"], "tips" if row["measure"].endswith(("_tips", "_min")) else "ratio")
        low, high = row["low"], row["high"]
        ends = (
            Cell(span(low, high, unit, lang), is_number=True)
            if low is not None and high is not None
            else Cell("", is_void=True)
        )
        value = (
            telling.void(row["state"], lang) if row["value"] is None else Cell(_told(row, unit, lang), is_number=True)
        )
        return (telling.text(row[f"label_{lang}"]), value, ends, telling.text(row[f"definition_{lang}"]))

    return Listing(
        name="estimate",
        caption=say("tips.estimate", lang),
        headings=(
            say("tips.measure", lang),
            say("table.value", lang),
            say("table.interval", lang),
            say("tips.meaning", lang),
        ),
        rows=tuple(cells(row) for row in effect.iter_rows(named=True)),
        nothing=say("table.none", lang),
    )


def _told(row: Row, unit: str, lang: Language) -> str:
    return number(row["value"], lang, decimals=4) if row["measure"].endswith("_p") else figure(row["value"], unit, lang)


def _lag(lag: pl.DataFrame, lang: Language) -> Section:
    rows = {row["measure"]: row for row in lag.iter_rows(named=True)}
    law = rows.get("p50_hours")
    if law is None or law["value"] is None:
        why = named("reason", (law or {}).get("reason") or "missing_data", lang)
        return Section("lag", say("tips.lag", lang), (Prose(say("tips.no_lag", lang, why=why)),))
    chart = lag_law(lag, name="tips-lag", title=say("tips.lag_chart", lang), lang=lang)
    return Section(
        "lag",
        say("tips.lag", lang),
        (Picture(chart, source("tips_lag", lang)), Prose(say("tips.lag_text", lang), "note")),
    )


def _course(months: pl.DataFrame, lang: Language) -> Iterator[Section]:
    if months.is_empty():
        return
    title = say("tips.course", lang)
    chart = trend(months, name="tips-months", title=title, lang=lang, unit="tips")
    yield Section(
        "months", title, (Picture(chart, source("tips_daily", lang)), Prose(say("tips.course_text", lang), "note"))
    )


def _ladder(site: Site, effect: pl.DataFrame) -> Section:
    """What each rung takes for granted, how often what people say holds, and what the comparison assumes."""
    lang = site.lang
    precision = site.ask("tips_precision")
    blocks: list[Block] = [
        Prose(say("tips.ladder_intro", lang)),
        Terms(tuple((say(f"tips.rung_{rung}", lang), say(f"tips.rung_{rung}_text", lang)) for rung in (1, 2, 3, 4, 0))),
        Section(
            "precision",
            say("tips.precision", lang),
            (Prose(say("tips.precision_note", lang), "note"), _precision(precision, lang)),
        ),
    ]
    design = effect["design"][0] if not effect.is_empty() else None
    if design:
        blocks.insert(2, Prose(named("tips", design, lang)))
    return Section("ladder", say("tips.ladder", lang), tuple(blocks))


def _precision(frame: pl.DataFrame, lang: Language) -> Listing:
    def cells(row: Row) -> tuple[Cell, ...]:
        name = Cell(named("tips", f"rung_name_{row['rung']}", lang))
        if row["precision"] is None:
            return (
                name,
                Cell(named("reason", row["reason"] or "missing_data", lang), is_void=True),
                Cell("", is_void=True),
            )
        ends = telling.interval({**row, "state": "measured"}, "share", lang)
        return (name, Cell(figure(row["precision"], "share", lang), is_number=True), ends)

    return Listing(
        name="precision-table",
        caption=say("tips.precision_caption", lang),
        headings=(say("tips.rung", lang), say("table.value", lang), say("table.interval", lang)),
        rows=tuple(cells(row) for row in frame.iter_rows(named=True)),
        nothing=say("table.none", lang),
    )
