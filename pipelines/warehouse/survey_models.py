"""The Python model of surveys: what each kind of sample may say, and what may be made of it (METHOD section 4.6).

The function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import polars as pl

from pipelines.warehouse.estimates import ESTIMATES

if TYPE_CHECKING:
    from collections.abc import Mapping

_ESTIMATES: dict[str, Any] = {
    **ESTIMATES,
    "survey_id": pl.String,
    "n_eff": pl.Float64,
    "max_weight": pl.Float64,
    "responses": pl.Int64,
}


def kpi_survey_estimates(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Shares of survey answers (S1, I3), each as far as its sample carries.

    grain: one row per KPI and variant with an answered survey in the period
    key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
    missing: >-
      low and high are null for a sample that chose itself, which has no margin of error; value is null for bounds, and
      where the answers could not be weighted (failing says why); n_eff and max_weight where nothing is weighted
    columns:
      goal_id: goal, or the guardrail's own id
      kpi_id: KPI
      variant: kind of sample, or what is made of it; see kpi_variants
      unit_id: null, the whole organisation
      platform: null, all of them
      grain: study
      period_start: first day of the study period, local
      period_end: last day of the study period, local
      value: share of the answers that mean yes, weighted where the variant is [0-1]
      low: lower end of the region of uncertainty [0-1]
      high: upper end [0-1]
      interval_kind: wilson (on n_eff where weighted), bounds, or none
      n: answers the value rests on
      clusters: always null
      numerator: of those, answers that mean yes
      denominator: answers
      failing: reason codes, e.g. raking_empty_cell
      evidence_grade: null; kpi.kpi_completeness says it
      survey_id: the survey
      n_eff: Kish's effective number of answers
      max_weight: largest weight, where the mean is 1
      responses: respondents, those with a blank answer included
    checks:
      - coalesce(low <= value, true) and coalesce(value <= high, true)
      - n_eff is null or (n_eff > 0 and n_eff <= n * 1.000001)
      - n <= responses
    """
    level = float(frames["config.run"]["level"][0])
    settings = frames["config.kpis"].select("goal_id", "kpi_id", "frame_share", "max_weight")
    registry = frames["kpi.kpi_registry"].filter(pl.col("measure") == "survey_share")
    rows: list[dict[str, object]] = []
    for kpi in registry.join(settings, on=["goal_id", "kpi_id"], how="left").iter_rows(named=True):
        of_kpi = pl.col("goal_id").eq(kpi["goal_id"]) & pl.col("kpi_id").eq(kpi["kpi_id"])
        given = frames["kpi.kpi_survey_answers"].filter(of_kpi & pl.col("variant").eq(kpi["variant"])).sort("resp_id")
        answered = given.drop_nulls("is_yes")
        if answered.is_empty():
            continue
        margins = frames["config.survey_margins"].filter(of_kpi)
        rows.append(
            {
                "goal_id": kpi["goal_id"],
                "kpi_id": kpi["kpi_id"],
                "variant": kpi["variant"],
                "grain": "study",
                "period_start": kpi["period_start"],
                "period_end": kpi["period_end"],
                "n": answered.height,
                "numerator": float(answered["is_yes"].sum()),
                "denominator": float(answered.height),
                "interval_kind": "none",
                "failing": [],
                "survey_id": given["survey_id"][0],
                "responses": given.height,
                **_estimate(answered, kpi, margins, level),
            }
        )
    return pl.DataFrame(rows, schema=_ESTIMATES)


def _estimate(answered: pl.DataFrame, kpi: dict[str, Any], margins: pl.DataFrame, level: float) -> dict[str, object]:
    variant = cast("str", kpi["variant"])
    plain = float(answered["is_yes"].sum()) / answered.height
    if variant.endswith("_bounds"):
        from pipelines.statistics.raking import bounds_of_frame  # noqa: PLC0415  # numpy only where it is used

        low, high = bounds_of_frame(plain, kpi["frame_share"])
        return {"value": None, "low": low, "high": high, "interval_kind": "bounds"}
    if variant.endswith("_raked"):
        return _raked(answered, kpi, margins, level)
    # A margin of sampling error for a sample that chose itself is misleading: none is given.
    if variant == "own_channel":
        return {"value": plain}
    weighted = _weighted(answered, level)
    return (
        weighted
        if variant == "probability_sample"
        else {**weighted, "low": None, "high": None, "interval_kind": "none"}
    )


def _weighted(answered: pl.DataFrame, level: float) -> dict[str, object]:
    """By the survey's own weights, where it gives any; an answer without one is then left out."""
    from pipelines.statistics.intervals import wilson  # noqa: PLC0415  # scipy only where it is used
    from pipelines.statistics.raking import weighted_share  # noqa: PLC0415

    has_weight = answered.filter(pl.col("weight") > 0)
    if has_weight.is_empty():
        yes, n = float(answered["is_yes"].sum()), answered.height
        low, high = wilson(yes, n, level)
        return {"value": yes / n, "low": low, "high": high, "interval_kind": "wilson"}
    found = weighted_share(has_weight["is_yes"].to_list(), has_weight["weight"].to_numpy(), level=level)
    return {
        **_counted(has_weight),
        "value": found.value,
        "low": found.interval.low,
        "high": found.interval.high,
        "interval_kind": "wilson",
        "n_eff": found.n_eff,
        "max_weight": found.max_weight,
    }


def _raked(answered: pl.DataFrame, kpi: dict[str, Any], margins: pl.DataFrame, level: float) -> dict[str, object]:
    from pipelines.statistics.raking import RakingError, rake, weighted_share  # noqa: PLC0415  # numpy

    shares: dict[str, dict[str, float]] = {}
    for variable, category, share in margins.select("variable", "category", "share").iter_rows():
        shares.setdefault(variable, {})[category] = share
    # who did not say belongs to no category; too few such answers, and it is another sample
    told = answered.drop_nulls(sorted(shares))
    if told.is_empty():
        return {"value": None, "failing": ["raking_missing_margin"]}
    try:
        weights = rake({variable: told[variable].to_list() for variable in shares}, shares)
    except RakingError as error:
        return {"value": None, "failing": [error.reason]}
    found = weighted_share(told["is_yes"].to_list(), weights, level=level)
    failing = [
        *(["raking_extreme_weights"] if kpi["max_weight"] is not None and found.max_weight > kpi["max_weight"] else []),
        *(["small_n"] if kpi["min_n"] is not None and found.n_eff < kpi["min_n"] else []),
    ]
    return {
        **_counted(told),
        "value": found.value,
        "low": found.interval.low,
        "high": found.interval.high,
        "interval_kind": "wilson",
        "failing": failing,
        "n_eff": found.n_eff,
        "max_weight": found.max_weight,
    }


def _counted(rows: pl.DataFrame) -> dict[str, object]:
    return {"n": rows.height, "numerator": float(rows["is_yes"].sum()), "denominator": float(rows.height)}
