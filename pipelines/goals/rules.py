"""Rules that no single value can break alone: things that must be unique, known, in order, or together.

They look at the file's plain data and not at the models, so that a file with a typing error somewhere is still checked
everywhere else, and a person corrects it in one go.
"""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from pipelines.goals.document import Document, Loc, Problem
from pipelines.goals.survey_rules import broken_survey_rules

if TYPE_CHECKING:
    from collections.abc import Iterator


def broken_rules(document: Document) -> Iterator[Problem]:
    """Everything in the file that contradicts something else in it."""
    yield from _period(document)
    yield from _unique_ids(document)
    yield from _kpis(document)
    yield from _post_matches(document)
    yield from _units(document)
    yield from _accounts(document)
    yield from _verdict_values(document)
    yield from broken_survey_rules(document)


def suggestion(name: object, known: list[str]) -> str:
    """`Did you mean …?`, or the list of what there is."""
    close = get_close_matches(str(name), known, n=1, cutoff=0.6)
    return f"Did you mean `{close[0]}`?" if close else f"Use one of: {', '.join(f'`{k}`' for k in known)}."


def _period(document: Document) -> Iterator[Problem]:
    spans: dict[str, tuple[dt.date, dt.date]] = {}
    for name in ("study", "baseline"):
        match document.at(("period", name)):
            case [dt.date() as first, dt.date() as last] if type(first) is type(last) is dt.date:
                spans[name] = (first, last)
                if last < first:
                    yield Problem(
                        ("period", name),
                        f"`{name}` ends ({last}) before it begins ({first}).",
                        f"Write the first day first: [{last}, {first}].",
                    )
            case _:
                pass
    if (
        len(spans) == 2
        and all(first <= last for first, last in spans.values())
        and spans["baseline"][1] >= spans["study"][0]
    ):
        yield Problem(
            ("period", "baseline"),
            f"The baseline ends on {spans['baseline'][1]}, not before the study's first day, {spans['study'][0]}.",
            "Let the baseline end on the day before the study begins, or earlier.",
        )


def _unique_ids(document: Document) -> Iterator[Problem]:
    goals = [*document.items("goals"), *document.items("guardrails")]
    yield from _repeated("goal or guardrail", [((*loc, "id"), goal.get("id")) for loc, goal in goals], document)
    kpis = [pair for loc, _ in document.items("goals") for pair in document.items(*loc, "kpis")]
    yield from _repeated(
        "KPI", [((*loc, "id"), kpi.get("id")) for loc, kpi in [*kpis, *document.items("guardrails")]], document
    )
    yield from _repeated(
        "unit", [((*loc, "id"), unit.get("id")) for loc, unit in document.items("units", "members")], document
    )
    accounts = [
        ((*loc, "id"), f"{a.get('platform')}:{a.get('id')}")
        for loc, a in document.items("accounts")
        if a.get("id") is not None
    ]
    yield from _repeated("account", accounts, document)


def _repeated(kind: str, ids: list[tuple[Loc, Any]], document: Document) -> Iterator[Problem]:
    # Case does not distinguish: ids become names of tables and files.
    first: dict[str, Loc] = {}
    for loc, given in ids:
        name = str(given).casefold() if given is not None else None
        if name is None:
            continue
        # A guardrail is a goal and a KPI at once, and is told about once.
        if name in first and first[name] != loc and not (kind == "KPI" and loc[0] == first[name][0] == "guardrails"):
            line = document.line(first[name])
            yield Problem(loc, f"The {kind} id `{given}` is already used on line {line}.", "Give each its own id.")
        first.setdefault(name, loc)


def _post_matches(document: Document) -> Iterator[Problem]:
    for loc, goal in document.items("goals"):
        match = goal.get("post_match")
        if isinstance(match, dict) and not any(document.at((*loc, "post_match", k)) for k in ("include", "hashtags")):
            yield Problem(
                (*loc, "post_match"),
                f"The goal `{goal.get('id')}` has a `post_match` that can match no post.",
                "Add `include: ['…']`, a list of regular expressions, or `hashtags: [...]`; or remove `post_match`.",
            )


def _kpis(document: Document) -> Iterator[Problem]:
    has_baseline = document.at(("period", "baseline")) is not None
    for goal_loc, goal in document.items("goals"):
        kpis = list(document.items(*goal_loc, "kpis"))
        if kpis and not any(kpi.get("primary") is True for _, kpi in kpis):
            yield Problem(
                (*goal_loc, "kpis"),
                f"The goal `{goal.get('id')}` has no primary KPI, so it could never be judged.",
                "Give at least one of its KPIs `primary: true` and a target.",
            )
        for loc, kpi in kpis:
            yield from _kpi(loc, kpi, has_baseline=has_baseline)
            if kpi.get("stage") is None:
                yield Problem(
                    loc,
                    f"The KPI `{kpi.get('id')}` has no `stage`.",
                    "Say where it stands: `stage: input`, `output`, `outtake`, `outcome` or `impact`.",
                )
    for loc, guardrail in document.items("guardrails"):
        yield from _guardrail(loc, guardrail)
        yield from _kpi(loc, guardrail, has_baseline=has_baseline)


def _kpi(loc: Loc, kpi: dict[str, Any], *, has_baseline: bool) -> Iterator[Problem]:
    if kpi.get("target") is not None and not has_baseline:
        yield Problem(
            (*loc, "target"),
            f"The KPI `{kpi.get('id')}` has a target, but there is no baseline that says where it started.",
            "Add the days to compare with: `period: {baseline: [first day, last day]}`, before the study.",
        )
    if kpi.get("target") is None and kpi.get("primary") is True:
        yield Problem(
            loc,
            f"The KPI `{kpi.get('id')}` is primary but has no target, so its goal could never be judged.",
            'Add `target: {op: ">=", value: …}`, decided before the study begins, or remove `primary: true`.',
        )


def _guardrail(loc: Loc, guardrail: dict[str, Any]) -> Iterator[Problem]:
    if guardrail.get("label") is None:
        yield Problem(loc, f"The guardrail `{guardrail.get('id')}` has no `label`.", "Add `label: {sv: …, en: …}`.")
    if "primary" in guardrail:
        yield Problem(
            (*loc, "primary"),
            "A guardrail is always judged by itself; `primary` has no meaning here.",
            "Remove `primary`.",
        )


def _units(document: Document) -> Iterator[Problem]:
    members = list(document.items("units", "members"))
    parents = {str(unit["id"]): unit.get("parent") for _, unit in members if unit.get("id") is not None}
    for loc, unit in members:
        parent = unit.get("parent")
        if parent is not None and str(parent) not in parents:
            yield Problem(
                (*loc, "parent"),
                f"The unit `{unit.get('id')}` has the parent `{parent}`, which is no unit.",
                suggestion(parent, list(parents)),
            )
        elif parent is not None and _is_own_ancestor(str(unit.get("id")), parents):
            yield Problem(
                (*loc, "parent"),
                f"The unit `{unit.get('id')}` is its own ancestor.",
                "Let one unit at the top have no parent.",
            )
        yield from _ordered(loc, unit, "valid_from", "valid_to")


def _is_own_ancestor(unit: str, parents: dict[str, Any]) -> bool:
    seen: set[str] = set()
    above = parents.get(unit)
    while above is not None and str(above) not in seen:
        if str(above) == unit:
            return True
        seen.add(str(above))
        above = parents.get(str(above))
    return False


def _accounts(document: Document) -> Iterator[Problem]:
    units = [str(unit["id"]) for _, unit in document.items("units", "members") if unit.get("id") is not None]
    for loc, account in document.items("accounts"):
        unit = account.get("unit")
        if units and unit is not None and str(unit) not in units:
            yield Problem(
                (*loc, "unit"),
                f"The account `{account.get('platform')}:{account.get('id')}` has the unit `{unit}`, "
                "which is not among `units.members`.",
                suggestion(unit, units),
            )
        yield from _ordered(loc, account, "opened_at", "closed_at")


def _ordered(loc: Loc, item: dict[str, Any], first: str, last: str) -> Iterator[Problem]:
    begin, end = item.get(first), item.get(last)
    if isinstance(begin, dt.date) and isinstance(end, dt.date) and begin.isoformat() > end.isoformat():
        yield Problem((*loc, last), f"`{last}` ({end}) is before `{first}` ({begin}).", "Exchange or correct the two.")


def _verdict_values(document: Document) -> Iterator[Problem]:
    values = document.at(("verdict", "values"))
    if isinstance(values, list) and len(set(map(str, cast("list[object]", values)))) < len(
        cast("list[object]", values)
    ):
        yield Problem(
            ("verdict", "values"), "`values` names a verdict twice.", "Write [met, not_met, insufficient_evidence]."
        )
