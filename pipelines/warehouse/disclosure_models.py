"""The Python models of disclosure control: what is counted of tips, through the rules of `statistics.disclosure`.

Each function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping


def kpi_tips_visible(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Which cells of tips per day are shown, all totals considered; not for readers.

    grain: one row per measure and cell of a day that was read
    key: [measure, local_date, level, unit_id, channel]
    missing: days not read have no row, for they have nothing to hide; nor have touched, likely and untouched where
      touched is not known
    columns:
      measure: >-
        tips, documented, rest (tips that are not documented), touched, likely (touched and not documented) or untouched
        (tips that were not touched)
      local_date: calendar date in the organisation's zone
      level: organisation, unit, channel (of the whole organisation) or unit_channel
      unit_id: unit; null for the whole organisation
      channel: way in; null for all of them
      value: the count, not for readers
      is_small: below the threshold and above 0, or a 0 while an appeal was out
      is_shown: >-
        neither hidden itself nor below a total that is; a day shows either its channels or its units x channels, both
        only where nothing of them is hidden; of units, only tips, for the rest is shown over their period
    checks:
      - is_shown is not null and is_small is not null
    """
    from pipelines.statistics.disclosure import shown, threshold_of  # noqa: PLC0415  # numpy only where it is used

    tips, documented, touched = pl.col("tips"), pl.col("documented"), pl.col("touched")
    measures = {
        "tips": tips,
        "documented": documented,
        "rest": tips - documented,
        "touched": touched,
        "likely": (touched - documented).clip(lower_bound=0),
        "untouched": (tips - touched).clip(lower_bound=0),
    }
    cells = frames["kpi.kpi_tips_daily_cells"].with_columns(
        pl.when(pl.col("is_in_study")).then(pl.lit("study")).otherwise(pl.lit("baseline")).alias("period"),
    )
    # A 0 tells something while an appeal was out: that nobody answered. That nothing was left over tells nothing.
    tells = {"tips", "documented", "touched"}
    parts = [
        cells.select(
            pl.lit(measure).alias("measure"),
            "local_date",
            "level",
            "unit_id",
            "channel",
            "period",
            value.cast(pl.Float64).round(6).alias("value"),
            (pl.col("has_appeal") if measure in tells else pl.lit(value=False)).alias("is_telling"),
            pl.lit(value=measure == "tips").alias("has_units"),
        )
        for measure, value in measures.items()
    ]
    known = pl.concat(parts).drop_nulls("value")
    return shown(known, threshold=threshold_of(int(frames["config.run"]["min_cell"][0])))


def kpi_tip_touch_visible(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Documented and touched tips of the study period with small counts suppressed.

    grain: one row per scope, unit and platform
    key: [scope, unit_id, platform]
    missing: >-
      documented and touched are null where their state is suppressed, touched also where it is missing (no lag law);
      low and high wherever touched is
    columns:
      scope: organisation, platform or unit
      unit_id: unit; null unless the scope is unit
      platform: platform; null unless the scope is platform
      documented: tips on rungs 1 and 2 [tips, weighted]; to a tenth
      documented_public: the same as a multiple of disclosure.public_round_to; adds up to the organisation's
      documented_state: measured or suppressed
      touched: tips on all rungs [tips, weighted]; to a tenth
      low: lower end of the interval of touched
      high: upper end
      touched_public: the same as a multiple of disclosure.public_round_to; adds up to the organisation's
      touched_state: measured, missing or suppressed
    checks:
      - (documented is null) = (documented_state <> 'measured')
      - (touched is null) = (touched_state <> 'measured')
      - touched is null or documented is not null
    """
    from pipelines.statistics.disclosure import hidden, threshold_of  # noqa: PLC0415  # numpy only where it is used

    run = frames["config.run"]
    scope = ["scope", "unit_id", "platform"]
    asking = frames["kpi.kpi_appeal_views"].select("unit_id").unique().with_columns(pl.lit(value=True).alias("asks"))
    received = frames["kpi.kpi_tip_touch"].group_by("unit_id").agg(pl.len().alias("tips"))
    totals = frames["kpi.kpi_tip_touch_totals"].join(asking, on="unit_id", how="left")
    totals = totals.join(received, on="unit_id", how="left").with_columns(
        (pl.col("asks").fill_null(pl.lit(value=False)) | (pl.col("scope") != "unit")).alias("is_telling")
    )
    documented, touched = pl.col("documented"), pl.col("touched")
    of_units = pl.when(pl.col("scope") == "unit").then((pl.col("tips") - documented).clip(lower_bound=0))
    measures = {
        "documented": (documented, pl.col("is_telling")),
        "touched": (touched, pl.col("is_telling")),
        "likely": ((touched - documented).clip(lower_bound=0), pl.lit(value=False)),
        "rest": (of_units.fill_null(0), pl.lit(value=False)),
    }
    parts = [
        totals.select(*scope, pl.lit(m).alias("measure"), value.round(6).alias("value"), tells.alias("is_telling"))
        for m, (value, tells) in measures.items()
    ]
    cells = hidden(
        pl.concat(parts),
        within=["measure", "scope"],
        ties=["unit_id", "platform"],
        threshold=threshold_of(int(run["min_cell"][0])),
    )
    by_cell = cells.group_by(scope, maintain_order=True).agg(
        pl.col("is_hidden").filter(pl.col("measure").is_in(["documented", "rest"])).any().alias("hides_documented"),
        pl.col("is_hidden").any().alias("hides_touched"),
    )
    joined = totals.join(by_cell, on=scope, nulls_equal=True).sort(scope, nulls_last=True)
    return _states(joined, int(run["public_round_to"][0]))


def _states(totals: pl.DataFrame, base: int) -> pl.DataFrame:
    """What may be shown, and its states; below a hidden organisation nothing is shown."""
    whole = totals.filter(pl.col("scope") == "organisation")
    hides = {name: pl.col(f"hides_{name}") | bool(whole[f"hides_{name}"].any()) for name in ("documented", "touched")}
    has_law = bool(whole["low"].is_not_null().any())
    shows_documented = ~hides["documented"]
    shows_touched = ~hides["touched"] & pl.lit(value=has_law)
    states = totals.with_columns(
        pl.when(shows_documented).then(pl.lit("measured")).otherwise(pl.lit("suppressed")).alias("documented_state"),
        pl.when(shows_touched)
        .then(pl.lit("measured"))
        .when(pl.lit(value=has_law))
        .then(pl.lit("suppressed"))
        .otherwise(pl.lit("missing"))
        .alias("touched_state"),
        _public(totals, "documented", base),
        _public(totals, "touched", base),
    )
    return states.select(
        "scope",
        "unit_id",
        "platform",
        pl.when(shows_documented).then(pl.col("documented").round(1)).alias("documented"),
        pl.when(shows_documented).then(pl.col("documented_public")).alias("documented_public"),
        "documented_state",
        *(pl.when(shows_touched).then(pl.col(name).round(1)).alias(name) for name in ("touched", "low", "high")),
        pl.when(shows_touched).then(pl.col("touched_public")).alias("touched_public"),
        "touched_state",
    )


def _public(totals: pl.DataFrame, measure: str, base: int) -> pl.Series:
    """The measure in multiples of the base, parts adding up to their total; hidden parts are rounded as one."""
    from pipelines.statistics.disclosure import rounded  # noqa: PLC0415  # numpy only where it is used

    values = totals.with_row_index("place").select("place", "scope", measure, f"hides_{measure}")
    found: dict[int, int] = {}
    for scope in ("organisation", "platform", "unit"):
        rows = values.filter((pl.col("scope") == scope) & ~pl.col(f"hides_{measure}"))
        rest = float(values.filter((pl.col("scope") == scope) & pl.col(f"hides_{measure}"))[measure].sum())
        numbers = rounded([*rows[measure].to_list(), rest], base)
        found |= dict(zip(rows["place"].to_list(), numbers[:-1].tolist(), strict=True))
    return pl.Series(f"{measure}_public", [found.get(n) for n in range(totals.height)], dtype=pl.Int64)
