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
    effect = site.ask("tips_effect").to_dicts()
    of_goals = [site.ask("goal_kpis", goal=goal["goal_id"]) for goal in _goals(site)]
    cards = [_card(site, goal, kpis, effect) for goal, kpis in zip(_goals(site), of_goals, strict=True)]
    trends = [chart for card in cards for chart in _trends(site, card)]
    kpis = pl.concat(of_goals)
    decide = {_key(row) for card in cards for row in card["deciding"]}
    yield Page(
        path="index.html",
        title=summary(site),
        template="first.html.j2",
        values={
            "cards": cards,
            "lead": _lead(site),
            "trends": trends,
            "rows": [_line(site, row) | {"decides": _key(row) in decide} for row in kpis.to_dicts()],
            "sources": [_source(site, row) for row in site.ask("freshness").to_dicts()],
        },
        charts=[*(card["chart"] for card in cards if card["chart"]), *trends],
        tables={"scorecard": _download(site, kpis)},
        place=site.say("nav.first"),
        section="first",
    )


def _key(row: Row) -> tuple[str, ...]:
    return row["goal_id"], row["kpi_id"], row["variant"]


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


def _deciding(goal: Row, kpis: pl.DataFrame) -> list[Row]:
    """The KPIs that decide a goal, the one most in its way first; of a guardrail its best evidence alone."""
    deciding = [row for row in kpis.to_dicts() if row["is_primary"]]
    if goal["is_guardrail"]:
        found = [row for row in deciding if row["verdict"] == goal["verdict"]]
        return sorted(found, key=lambda row: row["evidence_grade"] or "Z")[:1]
    return sorted(deciding, key=lambda row: _SEVERITY.get(row["verdict"], 1))


def _card(site: Site, goal: Row, kpis: pl.DataFrame, effect: list[Row]) -> dict[str, Any]:
    """What the page says of one goal; `kpi` and `chart` are None where no KPI decides it."""
    deciding = _deciding(goal, kpis)
    card: dict[str, Any] = {"goal": goal, "kpi": None, "chart": None, "others": [], "value": "", "deciding": deciding}
    if not deciding:
        reasons = ", ".join(_reasons(site, goal))
        return card | {
            "why": site.say("why.unsure", reasons=reasons),
            "missing": site.say("missing.some", what=site.say("missing.kpi")),
        }
    first = deciding[0]
    title = f"{site.say.of(goal, 'label')}: {site.say.of(first, 'label')}"
    chart = interval(
        pl.DataFrame([first], schema=kpis.schema), name=f"interval-{_file_safe(goal)}", title=title, lang=site.lang,
        unit=first["unit"] or "",
    )  # fmt: skip
    return card | {
        "kpi": first,
        "chart": chart,
        "others": [_line(site, row) for row in deciding[1:]],
        "value": _value(site, first),
        "why": _why(site, goal, first, effect),
        "missing": _missing(site, deciding),
    }


def _value(site: Site, row: Row) -> str:
    """The number as it stands in a line; in words where there is none."""
    if row["value"] is not None and row["state"] != "bounded":
        return site.say.figure(row["value"], row["unit"])
    if row["state"] == "bounded":
        return site.say.span(row["low"], row["high"], row["unit"])
    return site.say.word(row["state"])


def _interval(site: Site, row: Row) -> str:
    low, high = row["low"], row["high"]
    return "" if low == high else site.say.span(low, high, row["unit"])


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
    if of_goal and row["value"] is not None and (said := tips_sentences(of_goal, row, site.lang)):
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
    return say("missing.some", what=", ".join(dict.fromkeys(parts))) if parts else say("missing.nothing")


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


def _trends(site: Site, card: dict[str, Any]) -> Iterator[Chart]:
    """The deciding KPI over time, small, where it has a course."""
    goal, kpi = card["goal"], card["kpi"]
    if kpi is None:
        return
    periods = site.ask("goal_over_time", goal=goal["goal_id"], scope="organisation")
    own = periods.filter(
        (pl.col("kpi_id") == kpi["kpi_id"]) & pl.col("variant").eq_missing(pl.lit(kpi["variant"], pl.String))
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
        "completeness", "n", "state", "counted_to",
    )  # fmt: skip


def _file_safe(goal: Row) -> str:
    """A goal in a file's name; two ids may differ by nothing but capitals, places do not."""
    return f"{goal['position']}-{goal['goal_id'].lower()}"
