"""The method in plain words, with links to definitions, and how to compute everything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.pages.blocks import Block, Code, Link, Points, Prose, Section, Terms, Words, page, places
from pipelines.report.pages.goal_kpi import kpi_name, rule
from pipelines.report.pages.words import say, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.report.site import Page, Row, Site

_RULES = (
    ("verdict", ("verdict_1", "verdict_2", "verdict_3", "verdict_4")),
    ("missing", ("missing_1", "missing_2", "missing_3")),
    ("apart", ("apart_1", "apart_2", "apart_3")),
)


def pages(site: Site) -> Iterator[Page]:
    """`method.html`."""
    lang, rules = site.lang, site.ask("method_rules").row(0, named=True)
    values = {
        "level": rule(rules["interval_level"], lang),
        "completeness": rule(rules["min_completeness"], lang),
        "cell": rules["min_cell"],
        "round": rules["public_round_to"],
    }
    blocks: list[Block] = [
        Section(
            name, say(f"method.{name}", lang), (Points(tuple(say(f"method.{key}", lang, **values) for key in keys)),)
        )
        for name, keys in _RULES
    ]
    grades = [str(written("words")["grade"][grade][lang]) for grade in "ABCD"]
    blocks += [
        Section("evidence", say("method.evidence", lang), (Points((*grades, say("method.evidence_1", lang))),)),
        Section(
            "privacy",
            say("method.privacy", lang),
            (Points((say("method.privacy_1", lang, **values), say("method.privacy_2", lang))),),
        ),
        _formulas(site),
        _again(site),
        _made(site, rules),
    ]
    yield page(
        site,
        path="method.html",
        title=say("method.title", lang),
        summary=say("method.summary", lang),
        blocks=tuple(blocks),
        place=say("method.place", lang),
        section="method",
    )


def _formulas(site: Site) -> Section:
    """Each KPI with its definition, led to where its figures stand."""
    lang = site.lang
    items: list[tuple[Words, Words]] = []
    for goal in site.publication.goals:
        kpis = site.ask("goal_kpis", goal=goal["goal_id"])
        for row in kpis.iter_rows(named=True):
            place = places(str(goal["position"]), goal["goal_id"], row["kpi_id"], row["variant"] or "")
            link = Link(kpi_name(row, lang), f"goal-{goal['goal_id']}.html#{place}-what")
            items.append((link, row[f"definition_{lang}"] or say("table.unknown", lang)))
    return Section(
        "formulas",
        say("method.formulas", lang),
        (Prose(say("method.formulas_note", lang), "note"), Terms(tuple(items))),
    )


def _again(site: Site) -> Section:
    """The commands that show a computation or make it anew."""
    lang = site.lang
    first = next(
        (
            row["kpi_id"]
            for goal in site.publication.goals
            for row in site.ask("goal_kpis", goal=goal["goal_id"]).to_dicts()
        ),
        "KPI",
    )
    day = site.publication.as_of.astimezone(site.publication.zone).date().isoformat()
    commands = (
        (f"syfte explain {first}", "again_explain"),
        (f"syfte scorecard --as-of {day}", "again_as_of"),
        ("syfte revisions", "again_revisions"),
        ('syfte sql "from published.goal_scorecard"', "again_sql"),
    )
    told = tuple((Code(command), say(f"method.{key}", lang)) for command, key in commands)
    return Section("again", say("method.again", lang), (Prose(say("method.again_intro", lang)), Terms(told)))


def _made(site: Site, rules: Row) -> Section:
    lang = site.lang
    items: tuple[tuple[Words, Words], ...] = (
        (say("method.as_of", lang), site.say.instant(site.publication.as_of, site.publication.zone)),
        (say("method.code_version", lang), rules["code_version"]),
        (say("method.goals_hash", lang), Code(rules["goals_sha256"])),
        (say("method.models_hash", lang), Code(rules["models_sha256"])),
    )
    return Section("made", say("method.made", lang), (Terms(items),))
