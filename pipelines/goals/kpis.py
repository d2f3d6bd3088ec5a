# ruff: noqa: TC001, TC003  # pydantic reads the annotations when the program runs
"""KPIs: one model per kind, so that each kind has exactly its own keys."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from pipelines.goals.fields import Id, Many, OneOrMany, Strict, Text
from pipelines.goals.vocabulary import (
    BoundedMetric,
    CensusMetric,
    Grade,
    Measure,
    MedianMetric,
    Platform,
    SampleType,
    Stage,
    UnitMonthMetric,
)


class Target(Strict):
    """What the value is held against.

    Args:
        op: `>=`: more is better; `<=`: less is better.
        value: in the KPI's unit; a share is 0 to 1.
        set_at: the day the target was decided. A target set on or after the study's first day is labelled post hoc.
    """

    op: Literal[">=", "<="]
    value: Annotated[float, Field(allow_inf_nan=False)]
    set_at: dt.date | None = None


class KpiBase(Strict):
    """What every KPI has. `stage` is mandatory in a goal; a guardrail may leave it out.

    Without a `label` of its own a KPI is called what `sql/seeds/kpis.csv` calls it.
    """

    id: Id
    primary: bool = False
    stage: Stage | None = None
    label: Text | None = None
    definition: Text | None = None
    platforms: Annotated[Many[Platform], Field(min_length=1)] | None = None
    target: Target | None = None
    min_n: Annotated[int, Field(ge=1)] | None = None
    min_evidence: Grade | None = None


class ShareCensus(KpiBase):
    """A share counted in full: no sampling error, only missing data makes it uncertain."""

    kind: Literal["share_census"]
    metric: CensusMetric
    interval: None = None


class Proportion(KpiBase):
    """Some of all: `num` out of `den`."""

    kind: Literal["proportion"]
    num: OneOrMany[Measure]
    den: OneOrMany[Measure]
    interval: Literal["wilson"] = "wilson"


class KmMedian(KpiBase):
    """A median time with cases still open (Kaplan-Meier)."""

    kind: Literal["km_median"]
    metric: MedianMetric
    interval: Literal["km_loglog"] = "km_loglog"


class MeanOverUnitMonths(KpiBase):
    """A mean over active unit-months."""

    kind: Literal["mean_over_unit_months"]
    metric: UnitMonthMetric
    series: Literal["bridged"] | None = None
    interval: Literal["cluster_bootstrap_unit"] = "cluster_bootstrap_unit"


class Bounds(KpiBase):
    """A quantity that can only be bounded."""

    kind: Literal["bounds"]
    metric: BoundedMetric
    bounds: Annotated[Many[Literal["max_post", "min_sum_cap"]], Field(min_length=2)] = ("max_post", "min_sum_cap")
    interval: None = None


class RatioOfSums(KpiBase):
    """A pooled ratio: the sum of `num` over the sum of `den`, not a mean of ratios."""

    kind: Literal["ratio_of_sums"]
    num: OneOrMany[Measure]
    den: OneOrMany[Measure]
    interval: Literal["cluster_bootstrap_account", "cluster_bootstrap_post", "cluster_bootstrap_unit"] = (
        "cluster_bootstrap_account"
    )


class CountRate(KpiBase):
    """A count per exposure."""

    kind: Literal["count_rate"]
    num: OneOrMany[Measure]
    den: OneOrMany[Measure]
    interval: Literal["garwood"] = "garwood"


class RateRatioCausal(KpiBase):
    """How many times more, caused by the presence (METHOD section 5.4)."""

    kind: Literal["rate_ratio_causal"]
    estimator: Literal["poisson_imputation"] = "poisson_imputation"
    controls: Literal["not_yet_treated"] = "not_yet_treated"
    donut_weeks: Annotated[int, Field(ge=0, le=52)] = 1
    interval: Literal["jackknife_unit_t"] = "jackknife_unit_t"
    report_with: Many[Literal["coverage_gap", "effect_gap"]] = ()


class SurveyShare(KpiBase):
    """A share of survey answers, per kind of sample, each with the best grade it can have."""

    kind: Literal["survey_share"]
    sources: Annotated[dict[SampleType, Grade], Field(min_length=1)]
    interval: Literal["wilson"] = "wilson"


Kpi = Annotated[
    ShareCensus
    | Proportion
    | KmMedian
    | MeanOverUnitMonths
    | Bounds
    | RatioOfSums
    | CountRate
    | RateRatioCausal
    | SurveyShare,
    Field(discriminator="kind"),
]

KINDS: dict[str, type[KpiBase]] = {
    "share_census": ShareCensus,
    "proportion": Proportion,
    "km_median": KmMedian,
    "mean_over_unit_months": MeanOverUnitMonths,
    "bounds": Bounds,
    "ratio_of_sums": RatioOfSums,
    "count_rate": CountRate,
    "rate_ratio_causal": RateRatioCausal,
    "survey_share": SurveyShare,
}
