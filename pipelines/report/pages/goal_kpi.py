"""What a goal's page says of one KPI: at a glance, over time, by unit and platform, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.report.charts import Target, funnel, interval, multiples, trend
from pipelines.report.charts.figures import figure, number, span
from pipelines.report.charts.scales import day_name
from pipelines.report.pages import telling
from pipelines.report.pages.blocks import (
    Block,
    Cell,
    Code,
    Folded,
    Listing,
    Picture,
    Prose,
    Section,
    Terms,
    Words,
    places,
)
from pipelines.report.pages.words import described, listed, named, say
from pipelines.wording import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.report.site import Row, Site
    from pipelines.wording import Language

_PANELS = 40
"""So many small pictures at most; more than that nobody compares."""


@dataclass(frozen=True)
class Answers:
    """What the queries answered of a goal, for all its KPIs, and the names of units.

    Args:
        organisation: `goal_over_time` in that scope.
        units: the same of each unit.
        platforms: the same of each platform.
        parts: `goal_parts`.
        funnel: `goal_funnel`.
        breaks: `goal_breaks`.
        names: of units by their ids.
    """

    organisation: pl.DataFrame
    units: pl.DataFrame
    platforms: pl.DataFrame
    parts: pl.DataFrame
    funnel: pl.DataFrame
    breaks: pl.DataFrame
    names: dict[str, str]


def section(site: Site, goal: Row, kpi: pl.DataFrame, answers: Answers) -> Section:
    """One KPI.

    Args:
        site: the variant.
        goal: row of the goal.
        kpi: the KPI's one row of `goal_kpis`.
        answers: of the goal.
    """
    row, lang = kpi.row(0, named=True), site.lang
    name = kpi_name(row, lang)
    key = places(str(goal["position"]), goal["goal_id"], row["kpi_id"], row["variant"] or "")
    unit = row["unit"] or ""
    blocks: list[Block] = [
        Prose(say(_part_in_verdict(goal, row), lang), "note"),
        Picture(
            interval(kpi, name=f"{key}-glance", title=say("goal.glance", lang, kpi=name), lang=lang, unit=unit),
            source("goal_scorecard", lang),
        ),
    ]
    blocks += [
        *_course(row, key, answers, lang),
        *_parts(row, key, answers, lang),
        Section(f"{key}-what", say("goal.about", lang), (_terms(row, lang),)),
    ]
    return Section(key, name, tuple(blocks))


def _part_in_verdict(goal: Row, row: Row) -> str:
    """What the KPI has to do with the verdict; of a guardrail's samples the best evidence decides."""
    if goal["is_guardrail"]:
        return "goal.best_decides"
    return "goal.decides" if row["is_primary"] else "goal.supports"


def kpi_name(row: Row, lang: Language) -> str:
    """A KPI's label, with its variant where there are several."""
    label = row[f"label_{lang}"] or row["kpi_id"]
    return f"{label} ({named('variant', row['variant'], lang)})" if row["variant"] else label


def own(frame: pl.DataFrame, row: Row) -> pl.DataFrame:
    """Rows of the KPI and its variant."""
    return frame.filter((pl.col("kpi_id") == row["kpi_id"]) & pl.col("variant").eq_missing(pl.lit(row["variant"])))


def _target(row: Row) -> Target | None:
    return None if row["target_value"] is None else Target(row["target_op"] or ">=", row["target_value"])


def _course(row: Row, key: str, answers: Answers, lang: Language) -> Iterator[Block]:
    """Over time: the organisation, then its platforms and units as small multiples that share their scale."""
    unit, name = row["unit"] or "", kpi_name(row, lang)
    whole = own(answers.organisation, row)
    if whole.is_empty():
        yield Prose(say("goal.no_course", lang), "note")
        return
    breaks = answers.breaks.filter(pl.col("kpi_id") == row["kpi_id"])
    title = say(f"goal.course_{whole['grain'][0]}", lang, kpi=name)
    yield Picture(
        trend(whole, name=f"{key}-course", title=title, lang=lang, unit=unit, target=_target(row), breaks=breaks),
        source("kpi_period", lang),
    )
    for column, frame, said in (
        ("platform", answers.platforms, "goal.by_platform"),
        ("unit_id", answers.units, "goal.by_unit"),
    ):
        parts = own(frame, row)
        many = parts[column].n_unique() if not parts.is_empty() else 0
        if not 1 < many <= _PANELS:
            continue
        labels = (
            answers.names if column == "unit_id" else {p: named("platform", p, lang) for p in parts[column].unique()}
        )
        chart = multiples(
            parts, by=column, name=f"{key}-{column.removesuffix('_id')}s", title=say(said, lang, kpi=name), lang=lang,
            unit=unit, target=_target(row), labels=labels, whole=whole, breaks=breaks,
        )  # fmt: skip
        yield Picture(chart, source("kpi_period", lang))


def _parts(row: Row, key: str, answers: Answers, lang: Language) -> Iterator[Block]:
    """The study period's figures by part, and the units beside the limits of chance."""
    parts = own(answers.parts, row)
    units = parts.drop_nulls("unit_id")
    name, unit = kpi_name(row, lang), row["unit"] or ""
    limits = own(answers.funnel, row)
    if limits.height > 1:
        chart = funnel(
            limits,
            name=f"{key}-funnel",
            title=say("goal.funnel", lang, kpi=name),
            lang=lang,
            unit=unit,
            labels=answers.names,
        )
        yield Picture(chart, source("kpi_unit_funnel", lang))
        yield Prose(say("goal.funnel_note", lang), "note")
    if parts.is_empty():
        yield Prose(say("goal.no_parts", lang), "note")
        return
    if units.height == 1:
        yield Prose(say("goal.one_unit", lang), "note")
    title = say("goal.parts", lang)
    rows = sorted(_part(part, answers.names, unit, lang) for part in parts.iter_rows(named=True))
    listing = Listing(
        name=f"{key}-parts",
        caption=f"{name}: {title[:1].lower()}{title[1:]}",
        headings=tuple(say(f"table.{one}", lang) for one in ("unit", "value", "interval", "n")),
        rows=tuple(cells for *_, cells in rows),
        nothing=say("goal.no_parts", lang),
    )
    yield Folded(title, (Prose(say("goal.parts_note", lang), "note"), listing))


def _part(part: Row, names: dict[str, str], unit: str, lang: Language) -> tuple[bool, str, tuple[Cell, ...]]:
    """A row of the table of parts, with what it is sorted by: platforms first, then by name."""
    is_unit = part["unit_id"] is not None
    called = names.get(part["unit_id"], part["unit_id"]) if is_unit else named("platform", part["platform"], lang)
    state = part["state"]
    cells = (
        telling.text(called),
        telling.value(part, unit, lang),
        telling.interval(part, unit, lang),
        telling.count(part["n"], lang, state=state),
    )
    return is_unit, in_order(str(called)), cells


def _terms(row: Row, lang: Language) -> Terms:
    """Definition, what is above and below the line, target and who set it when, and what the verdict takes."""
    items: list[tuple[str, Words]] = [(say("goal.definition", lang), telling.safely(row[f"definition_{lang}"]))]
    items += [*_line(row, lang), (say("goal.unit", lang), named("unit", row["unit"], lang)), *_aim(row, lang)]
    if row["verdict"]:
        reasons = listed("reason", row["reasons"], lang)
        items.append(
            (say("goal.verdict", lang), named("verdict", row["verdict"], lang) + (f": {reasons}" if reasons else ""))
        )
    items += [*_grounds(row, lang), (say("goal.explain", lang), Code(f"syfte explain {row['kpi_id']}"))]
    return Terms(tuple(item for item in items if item[1]))


def _line(row: Row, lang: Language) -> Iterator[tuple[str, Words]]:
    """Numerator and denominator, each with its figure where there is one."""
    if formula := described("measure", row["measure"], lang):
        yield say("goal.formula", lang), formula
    hidden = row["state"] in {"suppressed", "missing"}
    for key, place, metrics in (
        ("numerator", "above", row["numerators"]),
        ("denominator", "below", row["denominator_metric"]),
    ):
        what = listed("metric", metrics, lang) or described(place, row["measure"], lang)
        if row[key] is not None and not hidden:
            told = number(row[key], lang, decimals=0)
            yield say(f"goal.{key}", lang), say("goal.with_figure", lang, what=what, figure=told) if what else told
        elif what:
            yield say(f"goal.{key}", lang), f"{what} ({telling.void(row['state'], lang).words})" if hidden else what


def _aim(row: Row, lang: Language) -> Iterator[tuple[str, Words]]:
    if row["target_value"] is None:
        yield say("goal.target", lang), say("goal.no_target", lang)
        return
    side = "goal.at_most" if row["target_op"] == "<=" else "goal.at_least"
    yield say("goal.target", lang), say(side, lang, target=figure(row["target_value"], row["unit"] or "", lang))
    set_at = row["target_set_at"]
    words = say("goal.set_unknown", lang) if set_at is None else say("goal.set_on", lang, day=day_name(set_at, lang))
    yield say("goal.set_at", lang), words


def _grounds(row: Row, lang: Language) -> Iterator[tuple[str, Words]]:
    """Interval, evidence, observations and how much was read."""
    ends = telling.interval(row, row["unit"] or "", lang)
    how = named("how", row["interval_kind"], lang)
    if row["low"] != row["high"] and row["state"] != "suppressed":
        level = rule(row["interval_level"], lang)
        told = say(
            "goal.interval_how", lang, span=span(row["low"], row["high"], row["unit"] or "", lang), level=level, how=how
        )
        yield say("goal.interval", lang), told
    else:
        yield say("goal.interval", lang), how or telling.plain(ends)
    if row["counted_to"] is not None and row["counted_to"] < row["period_end"]:
        yield say("goal.counted_to", lang), say("goal.counted_to_day", lang, day=day_name(row["counted_to"], lang))
    yield say("goal.grade", lang), named("grade", row["evidence_grade"], lang)
    n = telling.plain(telling.count(row["n"], lang, state=row["state"]))
    needs = row["min_n"] is not None
    yield say("goal.n", lang), say("goal.n_of", lang, n=n, min=number(row["min_n"], lang, decimals=0)) if needs else n
    if row["completeness"] is None:
        yield say("goal.read", lang), say("goal.read_unknown", lang)
    else:
        least = rule(row["min_completeness"], lang)
        yield (
            say("goal.read", lang),
            say("goal.read_of", lang, read=telling.share(row["completeness"], lang), min=least),
        )


def rule(share: float | None, lang: Language) -> str:
    """A share that is a rule of the institution's; where it is not published none is made up."""
    return say("table.unknown", lang) if share is None else figure(share, "share", lang)


def source(table: str, lang: Language) -> Words:
    """Where a picture's figures were read."""
    before, after = say("table.source", lang, table="\0").split("\0")
    return (before, Code(f"published.{table}"), after)
