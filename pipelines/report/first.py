"""The first page: is each purpose served, how sure is that, why, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.report.charts import Chart, Target, interval, trend
from pipelines.report.site import Page, Row, Site
from pipelines.tips_wording import tips_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEVERITY = {"not_met": 0, "insufficient_evidence": 1, "met": 2}
"""Which of several deciding KPIs speaks for the goal: the one that stands most in its way."""

_ENOUGH_PERIODS = 3
"""Fewer periods with a value make no course over time."""

_SAYS_NOTHING_NEW = frozenset({"no_target"})


def pages(site: Site) -> Iterator[Page]:
    """The one page, `index.html`."""
    kpis = site.ask("first_kpis")
    periods = site.ask("first_trend")
    effect = site.ask("tips_effect").to_dicts()
    cards = [_card(site, goal, kpis.filter(pl.col("goal_id") == goal["goal_id"]), effect) for goal in _goals(site)]
    trends = [chart for card in cards for chart in _trends(site, card, periods)]
    rows = kpis.to_dicts()
    yield Page(
        path="index.html",
        title=summary(site),
        template="first.html.j2",
        values={
            "cards": cards,
            "lead": _lead(site),
            "trends": trends,
            "rows": [_line(site, row) for row in rows],
            "sources": [_source(site, row) for row in site.ask("freshness").to_dicts()],
        },
        charts=[*(card["chart"] for card in cards), *trends],
        tables={"scorecard": _download(site, kpis)},
        place=site.say("nav.first"),
        section="first",
    )


def summary(site: Site) -> str:
    """How many of the purposes are served, in a sentence."""
    verdicts = [goal["verdict"] for goal in site.publication.goals if not goal["is_guardrail"]]
    served, every, unsure = verdicts.count("met"), len(verdicts), verdicts.count("insufficient_evidence")
    say = site.say
    if served == every:
        return say("summary.all_one") if every == 1 else say("summary.all", every=say.spelled(every))
    key = "none" if served == 0 else "one" if served == 1 else "some"
    text = say(f"summary.{key}", served=say.spelled(served).capitalize(), every=say.spelled(every))
    if unsure == every:
        return say("summary.nothing_known")
    return text


def _goals(site: Site) -> tuple[Row, ...]:
    return site.publication.goals


def _lead(site: Site) -> str:
    """Which goals are not served, and which cannot be judged, by name."""
    parts: list[str] = []
    for verdict in ("not_met", "insufficient_evidence"):
        named = [site.say.of(goal, "label") for goal in _goals(site) if goal["verdict"] == verdict]
        if named:
            parts.append(site.say(f"lead.{verdict}", goals=", ".join(named)))
    return " ".join(parts) or site.say("lead.all_met")


def _card(site: Site, goal: Row, kpis: pl.DataFrame, effect: list[Row]) -> dict[str, Any]:
    """What the page says of one goal."""
    deciding = [row for row in kpis.to_dicts() if row["is_primary"]]
    if goal["is_guardrail"]:  # its best evidence decides, whatever else was asked
        deciding = [row for row in deciding if row["verdict"] == goal["verdict"]][:1]
    deciding.sort(key=lambda row: _SEVERITY.get(row["verdict"], 1))
    first = deciding[0]
    name = f"interval-{_file_safe(goal)}"
    frame = pl.DataFrame([first], schema=kpis.schema)
    title = f"{site.say.of(goal, 'label')}: {site.say.of(first, 'label')}"
    return {
        "goal": goal,
        "kpi": first,
        "others": [_line(site, row) for row in deciding[1:]],
        "value": _value(site, first),
        "chart": interval(frame, name=name, title=title, lang=site.lang, unit=first["unit"] or ""),
        "why": _why(site, goal, first, effect),
        "missing": _missing(site, deciding),
    }


def _value(site: Site, row: Row) -> str:
    """The number as it stands in a line; in words where there is none."""
    if row["value"] is not None and row["state"] != "bounded":
        return site.say.figure(row["value"], row["unit"])
    if row["low"] is not None and row["high"] is not None:
        return site.say.span(row["low"], row["high"], row["unit"])
    return site.say.word(row["state"])


def _interval(site: Site, row: Row) -> str:
    low, high = row["low"], row["high"]
    return "" if low is None or high is None or low == high else site.say.span(low, high, row["unit"])


def _target(site: Site, row: Row) -> str:
    if row["target_value"] is None:
        return ""
    key = "target.at_most" if row["target_op"] == "<=" else "target.at_least"
    return site.say(key, target=site.say.figure(row["target_value"], row["unit"]))


def _why(site: Site, goal: Row, row: Row, effect: list[Row]) -> str:
    """One plain sentence: what decided."""
    say = site.say
    if row["verdict"] == "insufficient_evidence":
        return say("why.unsure", reasons=", ".join(_reasons(site, row)) or say.word("missing_data"))
    if row["verdict"] is None:
        return say("why.no_target")
    of_goal = [one for one in effect if one["goal_id"] == goal["goal_id"]]
    if of_goal and (said := tips_sentences(of_goal, row, site.lang)):
        return said[0]
    is_low = row["target_op"] == "<="
    side = f"{row['verdict']}_{'low' if is_low else 'high'}"
    values = {"kpi": say.of(row, "label"), "value": _value(site, row), "target": _target(site, row)}
    if row["low"] is None or row["low"] == row["high"]:
        return say(f"why.plain_{row['verdict']}", **values)
    worst = row["high"] if is_low == (row["verdict"] == "met") else row["low"]
    return say(f"why.{side}", end=say.figure(worst, row["unit"]), **values)


def _reasons(site: Site, row: Row) -> list[str]:
    codes = [code.strip().rpartition(":")[2] for code in (row["reasons"] or "").split(",")]
    return [site.say.word(code) for code in codes if code and code not in _SAYS_NOTHING_NEW]


def _missing(site: Site, deciding: list[Row]) -> str:
    """What the verdict lacks; that nothing is missing is said too."""
    say = site.say
    read = [row["completeness"] for row in deciding if row["completeness"] is not None]
    parts = [say("missing.read", share=say.share(1 - min(read)))] if read and min(read) < 1 else []
    parts += [reason for row in deciding if row["verdict"] != "insufficient_evidence" for reason in _reasons(site, row)]
    if not read:
        parts.append(say("missing.unknown"))
    return ". ".join(part[:1].upper() + part[1:] for part in dict.fromkeys(parts)) or say("missing.nothing")


def _line(site: Site, row: Row) -> dict[str, Any]:
    """A KPI as a row of the table."""
    variant = site.say.word(row["variant"])
    return {
        **row,
        "name": site.say.of(row, "label") + (f" ({variant})" if variant else ""),
        "value": _value(site, row),
        "interval": _interval(site, row),
        "target": _target(site, row),
        "reasons": _reasons(site, row),
        "read": "" if row["completeness"] is None else site.say.share(row["completeness"]),
    }


def _trends(site: Site, card: dict[str, Any], periods: pl.DataFrame) -> Iterator[Chart]:
    """The deciding KPI over time, small, where it has a course."""
    goal, kpi = card["goal"], card["kpi"]
    own = periods.filter(
        (pl.col("goal_id") == goal["goal_id"])
        & (pl.col("kpi_id") == kpi["kpi_id"])
        & pl.col("variant").eq_missing(pl.lit(kpi["variant"]))
    )
    if own["value"].count() < _ENOUGH_PERIODS:
        return
    target = None if kpi["target_value"] is None else Target(kpi["target_op"], kpi["target_value"])
    chart = trend(
        own, name=f"trend-{_file_safe(goal)}", title=site.say.of(kpi, "label"), lang=site.lang,
        unit=kpi["unit"] or "", target=target,
    )  # fmt: skip
    yield replace(chart, spec=chart.narrow or chart.spec, narrow=None)


def _source(site: Site, row: Row) -> dict[str, str]:
    """A source and how fresh it is."""
    hours, say = row["hours_old"], site.say
    age = (
        say("age.now")
        if hours < 1
        else say("age.hours", hours=hours)
        if hours < 48
        else say("age.days", days=hours // 24)
    )
    return {
        "name": say(f"source.{row['source']}"),
        "read": say.instant(row["last_read_at"], site.publication.zone),
        "age": age,
    }


def _download(site: Site, kpis: pl.DataFrame) -> pl.DataFrame:
    """The scorecard as a file: the columns of `published.goal_scorecard`, as far as this variant shows them."""
    return kpis.select(
        "goal_id", "kpi_id", "variant", pl.col(f"label_{site.lang}").alias("label"), "is_primary", "value", "low",
        "high", "interval_kind", "unit", "target_op", "target_value", "verdict", "reasons", "evidence_grade",
        "completeness", "n", "state",
    )  # fmt: skip


def _file_safe(goal: Row) -> str:
    """A goal in a file's name; two ids may differ by nothing but capitals, places do not."""
    return f"{goal['position']}-{goal['goal_id'].lower()}"
