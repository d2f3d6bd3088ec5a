# ruff: noqa: TC001, TC003  # pydantic reads the annotations when the program runs
"""KPIs: one model per kind, so that each kind has exactly its own keys."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from pipelines.goals.fields import Id, Many, OneOrMany, Strict, Text, Words
from pipelines.goals.vocabulary import (
    BoundedMetric,
    CensusMetric,
    Fallback,
    Grade,
    MarginVariable,
    Measure,
    MedianMetric,
    Platform,
    SampleType,
    Stage,
    StaggeredBy,
    UnitMonthMetric,
)

Share = Annotated[float, Field(ge=0, le=1)]


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
    """A median time with cases still open (Kaplan-Meier).

    Args:
        hours: what the target is held against: every minute (`clock`), or only those of the calendar (`business`).
    """

    kind: Literal["km_median"]
    metric: MedianMetric
    hours: Literal["clock", "business"] = "clock"
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


class Interruption(Strict):
    """What an interrupted time series is held against; decided before the period.

    Args:
        date: first day after the change.
        impact: how the change is expected to show: at once, as another slope, or both.
        harmonics: pairs of sines and cosines the year is described by.
    """

    date: dt.date
    impact: Literal["level", "slope", "level_and_slope"] = "level"
    harmonics: Annotated[int, Field(ge=0, le=6)] = 2


class RateRatioCausal(KpiBase):
    """How many times more, caused by the presence (METHOD section 5.4).

    Args:
        fallbacks: designs that may stand in, in this order, where no unit is left to compare with.
        staggered_by: what the design `staggered_links` follows: first short link, or first post on a new platform.
        interruption: the change the design `interrupted_time_series` looks at; without it, it is not used.
    """

    kind: Literal["rate_ratio_causal"]
    estimator: Literal["poisson_imputation"] = "poisson_imputation"
    controls: Literal["not_yet_treated"] = "not_yet_treated"
    donut_weeks: Annotated[int, Field(ge=0, le=52)] = 1
    interval: Literal["jackknife_unit_t"] = "jackknife_unit_t"
    report_with: Many[Literal["coverage_gap", "effect_gap"]] = ()
    fallbacks: Many[Fallback] = ("randomised_posting", "staggered_links", "interrupted_time_series")
    staggered_by: StaggeredBy = "short_link"
    interruption: Interruption | None = None


class Raking(Strict):
    """Weights that bring a sample that chose itself to the public's known margins (METHOD section 4.6).

    Args:
        margins: variable -> category -> share of the public; each variable's shares sum to 1.
        max_weight: with a larger weight than this (1 is the mean) there is no verdict; None for no limit.
    """

    margins: Annotated[dict[MarginVariable, dict[Words, Share]], Field(min_length=1)]
    max_weight: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None


class SurveyShare(KpiBase):
    """A share of survey answers, per kind of sample, each with the best grade it can have.

    Args:
        topic: which surveys, by the topic that their rows name; None for surveys without one.
        raking: also the self-selected samples weighted to known margins.
        frame_share: the followers' share of the public; also the bounds that own channels set without assumptions.
    """

    kind: Literal["survey_share"]
    sources: Annotated[dict[SampleType, Grade], Field(min_length=1)]
    topic: Id | None = None
    raking: Raking | None = None
    frame_share: Annotated[float, Field(gt=0, lt=1)] | None = None
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
