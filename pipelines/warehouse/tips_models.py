"""The Python models of the attribution ladder: the lag law, who touched which tip, and how far the rungs hold.

Each function's docstring is its table's contract, as a SQL model's header is. The three look at the same facts and
climb the same ladder; it takes seconds, and a table between them would only hold what no one may read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.statistics.ladder import Ladder, Scene

INPUTS = (
    "marts.fct_tips",
    "kpi.kpi_appeal_views",
    "kpi.kpi_tip_days",
    "marts.dim_unit",
    "seeds.method",
    "config.run",
)
_HOUR_S = 3600.0
_NO_LAW = "small_n"


def kpi_tip_lag(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: The lag law, how long after an appeal its tips come.

    grain: one row per measure
    key: [measure]
    missing: >-
      value, low and high are null with reason small_n where fewer than 30 tips came by the link of a post whose
      days were all read until the method's horizon; rungs 3 and 4 are then empty
    columns:
      measure: >-
        p50_hours, p80_hours or p95_hours (hours within which that share of an appeal's tips has come), median_hours
        (the same as p50_hours), sigma (of the lognormal law) or tips (tips on rung 1 that it was fitted on)
      value: the measure
      low: lower end of its interval, posts as clusters; of tips, the value
      high: upper end of its interval
      reason: reason code where there is no law; else null
    checks:
      - (value is null) = (reason is not null)
      - value is null or (low <= value and value <= high)
    """
    _, ladder, level = _climbed(frames)
    law = ladder.law
    nothing = (None, None, None)
    found: dict[str, tuple[float | None, float | None, float | None]] = {
        "median_hours": nothing if law is None else law.quantile(0.5, level),
        "sigma": nothing if law is None else (law.sigma, *law.sigma_interval(level)),
        "p50_hours": nothing if law is None else law.quantile(0.5, level),
        "p80_hours": nothing if law is None else law.quantile(0.8, level),
        "p95_hours": nothing if law is None else law.quantile(0.95, level),
        "tips": nothing if law is None else (float(law.n), float(law.n), float(law.n)),
    }
    rows = [
        {
            "measure": measure,
            "value": _rounded(value),
            "low": _rounded(low),
            "high": _rounded(high),
            "reason": _NO_LAW if value is None else None,
        }
        for measure, (value, low, high) in found.items()
    ]
    return pl.DataFrame(rows, schema=_LAG)


def kpi_tip_touch(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Where every tip of the study period stands on the attribution ladder; not for readers.

    grain: one row per tip of the study period
    key: [tip_id]
    missing: rung is null, and weight 0, where no appeal is known to have had a part in the tip
    columns:
      tip_id: random id of the intake's own
      local_date: date of receipt in the organisation's time zone
      unit_id: the unit it was given to
      channel: how it came in
      rung: 1 a post's link, 2 the appeal's id, 3 the platform it names, 4 the time window
      weight: how much of the tip appeals touched; 1 on rungs 1 to 3, a posterior on rung 4 [0-1]
    checks:
      - weight >= 0 and weight <= 1
      - (rung is null) = (weight = 0)
      - rung is null or rung = 4 or weight = 1
    """
    scene, ladder, _ = _climbed(frames)
    stands = pl.DataFrame(
        {"tip_id": scene.tip_ids, "rung": ladder.rung, "weight": ladder.weight, "in_study": scene.in_study},
        schema={"tip_id": pl.String, "rung": pl.Int64, "weight": pl.Float64, "in_study": pl.Boolean},
    )
    weight = pl.when(pl.col("rung") == 4).then(pl.col("weight").round(9)).otherwise(pl.col("weight").round())
    stands = stands.filter("in_study").with_columns(weight.alias("weight"))
    stands = stands.with_columns(pl.when(pl.col("weight") > 0).then(pl.col("rung")).alias("rung"))
    tips = frames["marts.fct_tips"].select("tip_id", "local_date", "unit_id", "channel")
    return (
        tips.join(stands, on="tip_id")
        .select("tip_id", "local_date", "unit_id", "channel", "rung", "weight")
        .sort("tip_id")
    )


def kpi_tip_touch_posts(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Which posts touched each tip of the study period, and how much; not for readers.

    grain: one row per tip of the study period and post
    key: [tip_id, post_id]
    missing: a tip that no post touched has no row; nor have shares below a billionth
    columns:
      tip_id: random id of the intake's own
      post_id: 'platform:native_id'
      appeal: the appeal the post belongs to
      platform: the post's platform
      weight: the tip's weight, shared over posts [0-1]
    checks:
      - weight > 0 and weight <= 1
    """
    scene, ladder, _ = _climbed(frames)
    pairs = ladder.pairs
    numbers = pl.DataFrame({"tip": pairs.tip, "post": pairs.post, "weight": pairs.value.round(9)})
    tips = pl.DataFrame({"tip_id": scene.tip_ids, "in_study": scene.in_study}, schema=_IN_STUDY).with_row_index("tip")
    posts = pl.DataFrame({"post_id": scene.post_ids}, schema={"post_id": pl.String}).with_row_index("post")
    named = numbers.join(tips.with_columns(pl.col("tip").cast(pl.Int64)), on="tip").join(
        posts.with_columns(pl.col("post").cast(pl.Int64)), on="post"
    )
    shown = named.filter(pl.col("in_study") & (pl.col("weight") > 0))
    about = frames["kpi.kpi_appeal_views"].select("post_id", "appeal", "platform")
    return (
        shown.join(about, on="post_id")
        .select("tip_id", "post_id", "appeal", "platform", "weight")
        .sort("tip_id", "post_id")
    )


def kpi_tip_touch_totals(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Documented and touched tips of the study period, in all, per platform and per unit; not for readers.

    grain: one row per scope, unit and platform
    key: [scope, unit_id, platform]
    missing: low and high are null without a lag law; touched then counts rungs 1 and 2 alone
    columns:
      scope: organisation, platform or unit
      unit_id: unit that received the tips, else the posts' unit; null unless the scope is unit
      platform: platform of the posts; null unless the scope is platform
      documented: tips on rungs 1 and 2, by their posts' share [tips, weighted]
      touched: tips on all rungs, by their weight [tips, weighted]
      low: lower end of the interval of touched; weeks resampled within units, for rung 4 alone is an estimate
      high: upper end
    checks:
      - documented <= touched + 0.00001
      - low is null or (low <= touched and touched <= high)
    """
    from pipelines.statistics.ladder import totals  # noqa: PLC0415  # numpy is not needed to read the contract

    scene, ladder, level = _climbed(frames)
    return totals(scene, ladder, level=level)


def kpi_tip_precision(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: How many of the tips on rungs 2 and 3 are misreports; not for readers.

    grain: one row per rung
    key: [rung]
    missing: precision and its ends are null, with a reason, where every tip came while an appeal was out, or none
      claims the rung
    columns:
      rung: 2 or 3
      claims: tips that stand on it in the study period
      quiet_tips: tips that came while no appeal was out that could have been meant; on rung 3, summed over platforms
      quiet_claims: of those, tips that claim one all the same
      misreports: claims expected to be none, from the quiet tips' rate
      precision: share of the claims that are true [0-1]
      low: lower end, Garwood over the quiet claims
      high: upper end
      reason: no_quiet_tips or small_n; else null
    checks:
      - precision is null or (precision between 0 and 1 and low <= precision and precision <= high)
      - (precision is null) = (reason is not null)
    """
    from pipelines.statistics.precision import precisions  # noqa: PLC0415  # numpy is not needed to read the contract

    scene, ladder, level = _climbed(frames)
    rows = [
        {
            "rung": found.rung,
            "claims": found.claims,
            "quiet_tips": found.quiet_tips,
            "quiet_claims": found.quiet_claims,
            "misreports": _rounded(found.misreports),
            "precision": _rounded(found.value),
            "low": _rounded(found.low),
            "high": _rounded(found.high),
            "reason": None if found.value is not None else ("no_quiet_tips" if found.claims else _NO_LAW),
        }
        for found in precisions(scene, ladder, horizon_s=_horizon_s(frames), level=level)
    ]
    return pl.DataFrame(rows, schema=_PRECISION)


_LAG: dict[str, Any] = {
    "measure": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reason": pl.String,
}
_IN_STUDY: dict[str, Any] = {"tip_id": pl.String, "in_study": pl.Boolean}
_PRECISION: dict[str, Any] = {
    "rung": pl.Int64,
    "claims": pl.Int64,
    "quiet_tips": pl.Int64,
    "quiet_claims": pl.Int64,
    "misreports": pl.Float64,
    "precision": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reason": pl.String,
}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _horizon_s(frames: Mapping[str, pl.DataFrame]) -> float:
    return float(frames["seeds.method"]["tip_horizon_hours"][0]) * _HOUR_S


def _climbed(frames: Mapping[str, pl.DataFrame]) -> tuple[Scene, Ladder, float]:
    from pipelines.statistics.ladder import climb  # noqa: PLC0415  # numpy is not needed to read the contract
    from pipelines.statistics.scene import scene_of  # noqa: PLC0415  # as above

    run = frames["config.run"]
    tips = frames["marts.fct_tips"].with_columns(("appeal " + pl.col("appeal_id")).alias("appeal"))
    scene = scene_of(
        tips,
        frames["kpi.kpi_appeal_views"],
        frames["kpi.kpi_tip_days"],
        frames["marts.dim_unit"],
        str(run["timezone"][0]),
    )
    return scene, climb(scene, horizon_s=_horizon_s(frames)), float(run["level"][0])
