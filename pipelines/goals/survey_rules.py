"""Rules about surveys and response times that no single value can break alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pipelines.goals.document import Document, Loc, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEST_GRADE = {"own_channel": "D", "panel": "C", "probability_sample": "B"}
_MARGIN_SLACK = 0.005
"""Margins are printed with two or three decimals, and then sum to 1 only nearly."""


def broken_survey_rules(document: Document) -> Iterator[Problem]:
    """What is wrong with the file's surveys, their margins, and response times in hours of business."""
    kpis = [pair for loc, _ in document.items("goals") for pair in document.items(*loc, "kpis")]
    topics: dict[str, str] = {}
    for loc, kpi in [*kpis, *document.items("guardrails")]:
        if kpi.get("kind") == "survey_share":
            yield from _grades(loc, kpi)
            yield from _weighting(loc, kpi)
            yield from _topic(loc, kpi, topics)
        if kpi.get("kind") == "km_median" and kpi.get("hours") == "business" and document.at(("calendar",)) is None:
            yield Problem(
                (*loc, "hours"),
                f"The KPI `{kpi.get('id')}` counts business hours, but the file has no `calendar`.",
                'Add `calendar: {country: SE, hours: {mon: ["08:00", "16:30"], …}}`, or write `hours: clock`.',
            )


def _mapping(value: object) -> dict[Any, Any]:
    return cast("dict[Any, Any]", value) if isinstance(value, dict) else {}


def _grades(loc: Loc, kpi: dict[str, Any]) -> Iterator[Problem]:
    for sample, grade in _mapping(kpi.get("sources")).items():
        best = _BEST_GRADE.get(str(sample))
        if best is not None and grade in ("A", "B", "C") and grade < best:
            yield Problem(
                (*loc, "sources", sample),
                f"A sample of the kind `{sample}` cannot be evidence of grade {grade}.",
                f"Write `{sample}: {best}`; docs/kpis.md says why.",
            )


def _weighting(loc: Loc, kpi: dict[str, Any]) -> Iterator[Problem]:
    sources = _mapping(kpi.get("sources"))
    margins = _mapping(_mapping(kpi.get("raking")).get("margins"))
    if margins and not {"own_channel", "panel"} & set(sources):
        yield Problem(
            (*loc, "raking"),
            "`raking` weights samples that chose themselves, and `sources` names none.",
            "Add `own_channel: D` or `panel: C` to `sources`, or remove `raking`.",
        )
    if kpi.get("frame_share") is not None and "own_channel" not in sources:
        yield Problem(
            (*loc, "frame_share"),
            "`frame_share` bounds what own channels can say, and `sources` does not name them.",
            "Add `own_channel: D` to `sources`, or remove `frame_share`.",
        )
    for variable, shares in margins.items():
        given = [share for share in _mapping(shares).values() if isinstance(share, int | float)]
        if len(given) == len(_mapping(shares)) and abs(sum(given) - 1) > _MARGIN_SLACK:
            yield Problem(
                (*loc, "raking", "margins", variable),
                f"The shares of `{variable}` sum to {sum(given):g}, not to 1.",
                "Give the share of the public in each category, all of them.",
            )


def _topic(loc: Loc, kpi: dict[str, Any], topics: dict[str, str]) -> Iterator[Problem]:
    topic = str(kpi.get("topic") or "")
    if topic in topics:
        yield Problem(
            (*loc, "topic") if topic else loc,
            f"The KPIs `{topics[topic]}` and `{kpi.get('id')}` would be answered by the same surveys.",
            "Give one of them a `topic: …`, and its surveys the same word in the column `topic`.",
        )
    topics.setdefault(topic, str(kpi.get("id")))
