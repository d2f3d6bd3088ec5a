"""A page per goal: its KPIs over time and by part, what each is made of, what its verdict rests on, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.pages import goal_evidence, goal_kpi
from pipelines.report.pages.blocks import Block, Link, Points, Terms, Verdict, page
from pipelines.report.pages.words import listed, named, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.report.site import Page, Row, Site
    from pipelines.wording import Language


def pages(site: Site) -> Iterator[Page]:
    """`goal-<goal_id>.html` for every goal and guardrail."""
    units = unit_names(site)
    for goal in site.publication.goals:
        yield goal_page(site, goal, units)


def unit_names(site: Site) -> dict[str, str]:
    """What each unit is called; one that nobody named is called by its id."""
    return {row["unit_id"]: row["name"] or row["unit_id"] for row in site.ask("units").to_dicts()}


def goal_page(site: Site, goal: Row, units: dict[str, str]) -> Page:
    """The page of one goal."""
    lang, goal_id = site.lang, goal["goal_id"]
    kpis = site.ask("goal_kpis", goal=goal_id)
    answers = goal_kpi.Answers(
        organisation=site.ask("goal_over_time", goal=goal_id, scope="organisation"),
        units=site.ask("goal_over_time", goal=goal_id, scope="unit"),
        platforms=site.ask("goal_over_time", goal=goal_id, scope="platform"),
        parts=site.ask("goal_parts", goal=goal_id),
        funnel=site.ask("goal_funnel", goal=goal_id),
        breaks=site.ask("goal_breaks", goal=goal_id),
        names=units,
    )
    sections = [goal_kpi.section(site, goal, kpis[index], answers) for index in range(kpis.height)]
    blocks: list[Block] = [*_opening(goal, kpis, lang), *sections]
    blocks += [goal_evidence.rests_on(site, goal_id), goal_evidence.missing(site, goal_id, kpis, answers.breaks)]
    return page(
        site,
        path=f"goal-{goal_id}.html",
        title=site.say.of(goal, "label"),
        summary=say("goal.summary", lang),
        blocks=tuple(blocks),
        section="first",
    )


def _opening(goal: Row, kpis: pl.DataFrame, lang: Language) -> Iterator[Block]:
    """Verdict, what it means, and what the institution wants."""
    code = goal["verdict"]
    if kpis.is_empty():
        words = say("goal.no_kpi", lang)
    elif code == "insufficient_evidence":
        words = say("goal.insufficient_evidence", lang, reasons=_reasons(goal, lang))
    else:
        words = say(f"goal.guardrail_{code}" if goal["is_guardrail"] else f"goal.{code}", lang)
    yield Verdict(code, named("verdict", code, lang), words)
    wants = [
        (say(f"goal.{key}", lang), goal.get(f"{key}_{lang}") or "")
        for key in ("purpose", "target_group", "motive", "user_benefit")
    ]
    if told := tuple((label, text) for label, text in wants if text):
        yield Terms(told)
    links = [Link(say("goal.to_posts", lang), "posts.html")] if not goal["is_guardrail"] else []
    if not kpis.is_empty() and (kpis["measure"] == "tips_rate_ratio").any():
        links.insert(0, Link(say("goal.to_tips", lang), "tips.html"))
    if links:
        yield Points(tuple(links))


def _reasons(goal: Row, lang: Language) -> str:
    codes = [code.strip().rpartition(":")[2] for code in (goal["reasons"] or "").split(",") if code.strip()]
    return listed("reason", ",".join(dict.fromkeys(codes)), lang) or named("reason", "missing_data", lang)
