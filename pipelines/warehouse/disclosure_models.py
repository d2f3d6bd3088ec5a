"""The Python models of disclosure control: what is counted of tips, through the rules of `statistics.disclosure`.

Each function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


def kpi_tips_counted(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Through which day the totals of the study period count tips; not for readers.

    grain: one row per kind of total and month of the study period
    key: [kind, month_start]
    missing: counted_with is null while the month waits
    columns:
      kind: >-
        received (all tips, of T1), documented (of T2, T5, and touched ones with them) or assessed (of T4, useful ones
        and others)
      month_start: first day of the calendar month
      first_date: first day of it in the study period; the first month's is the period's
      last_date: last day of it in the study period
      counted_with: last day of the month with which it came into the totals, its own or a later one's
      counted_to: last day that the totals count, the same for all months; the day before the period while there is none
      is_over: the period is over, and read or settled, so that nothing more is counted; the same for all months
    checks:
      - counted_with is null or counted_with between last_date and counted_to
    """
    from pipelines.statistics.disclosure import counted_with, threshold_of  # noqa: PLC0415  # numpy only where it is used

    run = frames["config.run"].row(0, named=True)
    threshold = threshold_of(int(run["min_cell"]))
    months = _months(run["study_start"], run["study_end"])
    today = run["as_of"].astimezone(ZoneInfo(run["timezone"])).date()
    tips = frames["marts.fct_tips"].with_columns(pl.col("local_date").dt.truncate("1mo").alias("month"))
    tips = tips.filter(pl.col("local_date").is_between(run["study_start"], run["study_end"]))
    days = frames["marts.fct_tip_day"].filter(pl.col("local_date").is_between(run["study_start"], run["study_end"]))
    unread = days.filter(~pl.col("is_read"))["local_date"].to_list()
    complete = [
        last < today and ((today - last).days > run["settle_days"] or not any(day <= last for day in unread))
        for _, last in months
    ]
    useful = pl.col("disposition").is_in(["useful", "led_to_action"])
    assessed = useful | (pl.col("disposition") == "not_useful")
    parts = {
        "received": [pl.lit(value=True)],
        "documented": [pl.col("is_documented")],
        "assessed": [useful, assessed & ~useful],
    }
    hidden = _small_days(tips, days, frames["kpi.kpi_tips_appeals_daily"], threshold)
    rows: list[tuple[object, ...]] = []
    for kind, conditions in parts.items():
        sums = [
            [tips.filter((pl.col("month") == first.replace(day=1)) & c).height for c in conditions]
            for first, _ in months
        ]
        alone = [
            [n for day, n in hidden if first <= day <= last] if kind == "received" else [] for first, last in months
        ]
        found = counted_with(sums, alone, complete, threshold)
        ends = [None if number is None else months[number][1] for number in found]
        to = max([run["study_start"] - timedelta(days=1), *(end for end in ends if end)])
        rows += [
            (kind, first.replace(day=1), first, last, end, to, complete[-1])
            for (first, last), end in zip(months, ends, strict=True)
        ]
    return pl.DataFrame(rows, schema=_COUNTED, orient="row")


def _months(first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each calendar month, within a period."""
    starts = pl.date_range(first.replace(day=1), last, "1mo", eager=True).to_list()
    ends = [start - timedelta(days=1) for start in starts[1:]]
    return list(zip([first, *starts[1:]], [*ends, last], strict=True))


def _small_days(
    tips: pl.DataFrame, days: pl.DataFrame, appeals: pl.DataFrame, threshold: int
) -> list[tuple[date, int]]:
    """Days of the organisation whose tips are hidden by themselves, whatever stands beside them."""
    counts = tips.group_by("local_date").agg(pl.len().alias("tips"))
    asked = appeals.filter(pl.col("unit_id").is_null()).select("local_date", pl.lit(value=True).alias("asked"))
    found = days.filter("is_read").join(counts, on="local_date", how="left").join(asked, on="local_date", how="left")
    number = pl.col("tips").fill_null(0)
    small = (number < threshold) & ((number > 0) | pl.col("asked").fill_null(pl.lit(value=False)))
    return found.filter(small).select("local_date", number.cast(pl.Int64)).rows()


_COUNTED: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "month_start": pl.Date,
    "first_date": pl.Date,
    "last_date": pl.Date,
    "counted_with": pl.Date,
    "counted_to": pl.Date,
    "is_over": pl.Boolean,
}


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
        only where nothing of them is hidden; of units, only tips, for the rest is shown over their period; but tips,
        nothing of a day that the totals do not count yet (kpi_tips_counted)
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
        pl.col("local_date").dt.truncate("1mo").alias("month_start")
    )
    for kind in ("received", "documented"):
        months = (
            frames["kpi.kpi_tips_counted"]
            .filter(kind=kind)
            .select("month_start", pl.col("counted_with").alias(f"{kind}_with"))
        )
        cells = cells.join(months, on="month_start", how="left")
    waits = pl.col("is_in_study") & pl.col("documented_with").is_null()
    # A 0 tells something while an appeal was out: that nobody answered. That nothing was left over tells nothing.
    tells = {"tips", "documented", "touched"}
    parts = [
        cells.select(
            pl.lit(measure).alias("measure"),
            "local_date",
            "level",
            "unit_id",
            "channel",
            _total_of(measure).alias("period"),
            value.cast(pl.Float64).round(6).alias("value"),
            (pl.col("has_appeal") if measure in tells else pl.lit(value=False)).alias("is_telling"),
            pl.lit(value=measure == "tips").alias("has_units"),
        )
        for measure, value in measures.items()
    ]
    known = pl.concat(parts).drop_nulls("value")
    found = shown(known, threshold=threshold_of(int(frames["config.run"]["min_cell"][0])))
    waiting = cells.filter(waits).select("local_date").unique().with_columns(pl.lit(value=True).alias("waits"))
    hides = pl.col("waits").fill_null(pl.lit(value=False)) & (pl.col("measure") != "tips")
    found = found.join(waiting, on="local_date", how="left")
    return found.with_columns((pl.col("is_shown") & ~hides).alias("is_shown")).drop("waits")


def _total_of(measure: str) -> pl.Expr:
    """What a day is added up in: the months that came into the totals together, those that wait, or the baseline."""
    counted = pl.col("received_with" if measure == "tips" else "documented_with").cast(pl.String)
    return pl.when(pl.col("is_in_study")).then(counted.fill_null("waiting")).otherwise(pl.lit("baseline"))


def kpi_tip_touch_visible(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Documented and touched tips of the study period with small counts suppressed.

    grain: one row per scope, unit and platform
    key: [scope, unit_id, platform]
    missing: >-
      documented and touched are null where their state is suppressed, or missing (before the first month is counted;
      touched also without a lag law); low and high wherever touched is
    columns:
      scope: organisation, platform or unit
      unit_id: unit; null unless the scope is unit
      platform: platform; null unless the scope is platform
      documented: tips on rungs 1 and 2 [tips, weighted]; to a tenth
      documented_public: the same as a multiple of disclosure.public_round_to; adds up to the organisation's
      documented_state: measured, missing or suppressed; units and platforms are suppressed until the period is over
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
    months = frames["kpi.kpi_tips_counted"].filter(kind="documented")
    if not months["is_over"].all():
        # what a unit's or platform's total grows by in a month is small more often than not
        closed = [(pl.col(f"hides_{m}") | (pl.col("scope") != "organisation")) for m in ("documented", "touched")]
        joined = joined.with_columns(*closed)
    return _states(joined, int(run["public_round_to"][0]), is_counted=months["counted_with"].is_not_null().any())


def _states(totals: pl.DataFrame, base: int, *, is_counted: bool) -> pl.DataFrame:
    """What may be shown, and its states; below a hidden organisation, and before anything is counted, nothing is."""
    whole = totals.filter(pl.col("scope") == "organisation")
    hides = {name: pl.col(f"hides_{name}") | bool(whole[f"hides_{name}"].any()) for name in ("documented", "touched")}
    has_law = is_counted and bool(whole["low"].is_not_null().any())
    shows_documented = ~hides["documented"] & pl.lit(value=is_counted)
    shows_touched = ~hides["touched"] & pl.lit(value=has_law)
    states = totals.with_columns(
        pl.when(shows_documented)
        .then(pl.lit("measured"))
        .otherwise(pl.lit("suppressed" if is_counted else "missing"))
        .alias("documented_state"),
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
