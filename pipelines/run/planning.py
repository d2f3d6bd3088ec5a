"""`syfte plan`: what the design can tell apart, before the period starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.goals import all_kpis, load_goals

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipelines.goals import Goals
    from pipelines.goals.kpis import KpiBase, Target
    from pipelines.project import Project
    from pipelines.statistics.power import Detectable

Basis = Literal["given", "published", "census", "none"]


@dataclass(frozen=True)
class Plan:
    """What one KPI's target can be told from.

    Args:
        goal_id: goal, or the guardrail's own id.
        kpi_id: KPI.
        kind: kind of KPI in goals.yaml.
        target_op: more is better (>=) or less is better (<=).
        target_value: target, in the KPI's unit.
        expected_n: observations expected; None where nothing says.
        basis: where the expectation comes from: `given` by hand, `published` last, `census` (counted in full, so any
            difference is told), or `none`.
        detectable_below: at most this true value is told to lie under the target.
        detectable_above: at least this true value is told to lie over it.
        is_decidable: the value published last lies far enough from the target to be told from it; None without one.
    """

    goal_id: str
    kpi_id: str
    kind: str
    target_op: str
    target_value: float
    expected_n: int | None
    basis: Basis
    detectable_below: float | None
    detectable_above: float | None
    is_decidable: bool | None


def plan(project: Project, *, power: float = 0.8, given: Mapping[str, int] | None = None) -> list[Plan]:
    """What every target of goals.yaml can be told from, if the period is like the one published last.

    Args:
        project: whose goals; its published figures are read if there are any.
        power: probability of telling.
        given: KPI -> observations expected, instead of those published last.

    Raises:
        ConfigurationError: goals.yaml is wrong.
    """
    from pipelines.run.reading import open_published  # noqa: PLC0415

    goals = load_goals(project.goals_path)
    cards: list[dict[str, Any]] = []
    if project.published_db.exists():
        with open_published(project) as con:
            found: pl.DataFrame = con.sql("from published.goal_scorecard where unit_id is null").pl()
        cards = found.to_dicts()
    return planned(goals, cards, power=power, given=given or {})


def planned(goals: Goals, cards: list[dict[str, Any]], *, power: float, given: Mapping[str, int]) -> list[Plan]:
    """The same from rows of `published.goal_scorecard`."""
    plans: list[Plan] = []
    for goal_id, kpi in all_kpis(goals):
        if kpi.target is None:
            continue
        card = _card(kpi, cards)
        n = given.get(kpi.id, card.get("n"))
        reach = _reach(kpi, kpi.target, card, n, level=goals.verdict.level, power=power)
        basis: Basis = "given" if kpi.id in given else "published"
        if reach is None or (n is None and reach.below != reach.above):
            basis = "none"
        elif reach.below == reach.above:
            basis = "census"
        below, above = (None, None) if reach is None else reach
        plans.append(
            Plan(
                goal_id=goal_id,
                kpi_id=kpi.id,
                kind=kpi.model_dump()["kind"],
                target_op=kpi.target.op,
                target_value=kpi.target.value,
                expected_n=n,
                basis=basis,
                detectable_below=below,
                detectable_above=above,
                is_decidable=_is_decidable(card.get("value"), below, above),
            )
        )
    return plans


def _card(kpi: KpiBase, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """The row that the target is held against: of a survey the sample drawn by lot, which alone has an interval."""
    own = [card for card in cards if card["kpi_id"] == kpi.id and card["target_value"] is not None]
    if kpi.model_dump()["kind"] == "survey_share":
        own = [card for card in own if card["variant"] == "probability_sample"]
    return own[0] if own else {}


def _is_decidable(value: float | None, below: float | None, above: float | None) -> bool | None:
    if value is None or (below is None and above is None):
        return None
    return (below is not None and value <= below) or (above is not None and value >= above)


def _reach(
    kpi: KpiBase, target: Target, card: dict[str, Any], n: int | None, *, level: float, power: float
) -> Detectable | None:
    from pipelines.statistics import power as powers  # noqa: PLC0415  # scipy

    kind = str(kpi.model_dump()["kind"])
    t, sure = target.value, {"level": level, "power": power}
    if kind == "share_census":
        return powers.Detectable(t, t)
    if kind in ("proportion", "survey_share"):
        return powers.proportion(t, n, **sure) if n and 0 < t < 1 else None
    if not (n and t > 0 and all(card.get(name) for name in ("value", "low", "high", "n"))):
        return None
    return _like_last(kind, t, card, n, sure)


def _like_last(kind: str, t: float, card: dict[str, Any], n: int, sure: dict[str, float]) -> Detectable | None:
    """Of a KPI whose interval depends on how much its observations vary: as they did last."""
    from pipelines.statistics import power as powers  # noqa: PLC0415  # scipy

    value, low, high, was = (float(card[name]) for name in ("value", "low", "high", "n"))
    if kind == "count_rate":
        at_target = n * t / value  # events expected if the rate were the target
        found = powers.count(at_target, **sure)
        return powers.Detectable(*(None if mean is None else mean / at_target * t for mean in found))
    narrower = math.sqrt(was / n)
    z_width = 2 * powers.normal_quantile(sure["level"])
    if kind in ("rate_ratio_causal", "km_median"):
        return powers.ratio(t, math.log(high / low) / z_width * narrower, **sure)
    if kind in ("mean_over_unit_months", "ratio_of_sums"):
        return powers.estimate(t, (high - low) / z_width * narrower * t / value, **sure)
    return None
