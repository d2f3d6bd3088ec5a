"""METHOD section 3 row by row: slow, obvious, and written without a look at the SQL it judges.

A reading dated at or before its post, and one dated on the post's very first instant, have an interval without length:
their amount is booked on the reading's own day, so that nothing is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
COLLAPSE_RATIO, COLLAPSE_MIN_LEVEL = 0.5, 10
SOFT_GAP, HARD_GAP = dt.timedelta(hours=48), dt.timedelta(hours=168)

Figure = tuple[dt.datetime, float]


@dataclass
class Reading:
    """One reading; `value` is None where the platform gave no figure."""

    observed_at: dt.datetime
    value: float | None
    ingested_at: dt.datetime
    status: str = "ok"


@dataclass
class Deltas:
    """What the readings come to."""

    days: dict[dt.date, tuple[float, float, bool]] = field(default_factory=dict)
    unallocated: list[tuple[float, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    last: float | None = None
    reset_loss: float = 0.0

    @property
    def total(self) -> float:
        """Everything given to days and to no day."""
        return sum(gain + correction for gain, correction, _ in self.days.values()) + sum(
            a for a, _ in self.unallocated
        )

    def put(self, day: dt.date, gain: float = 0.0, correction: float = 0.0, *, imputed: bool = False) -> None:
        """Add to a day."""
        old_gain, old_correction, old_imputed = self.days.get(day, (0.0, 0.0, False))
        self.days[day] = (old_gain + gain, old_correction + correction, old_imputed or imputed)


def local_date(instant: dt.datetime) -> dt.date:
    """The Stockholm date of an instant."""
    return instant.astimezone(ZONE).date()


def split_over_days(start: dt.datetime, end: dt.datetime) -> list[tuple[dt.date, float]]:
    """Each local date between two instants with its share of the elapsed time."""
    shares: list[tuple[dt.date, float]] = []
    at, seconds = start, (end - start).total_seconds()
    while at < end:
        day = local_date(at)
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0), ZONE).astimezone(dt.UTC)
        until = min(end, midnight)
        shares.append((day, (until - at).total_seconds() / seconds))
        at = until
    return shares


def usable(readings: Sequence[Reading]) -> list[Figure]:
    """Readings with a figure, by time; of several at one instant the newest known, then the highest."""
    newest: dict[dt.datetime, Reading] = {}
    for reading in readings:
        if reading.status != "ok" or reading.value is None:
            continue
        held = newest.get(reading.observed_at)
        if held is None or (reading.ingested_at, reading.value) > (held.ingested_at, held.value):
            newest[reading.observed_at] = reading
    return [(at, float(newest[at].value)) for at in sorted(newest)]  # type: ignore[arg-type]


def without_collapses(figures: Sequence[Figure], result: Deltas) -> tuple[list[Figure], set[dt.datetime]]:
    """Drop glitches and what is pending; name the instants at which the counter began again."""
    kept: list[Figure] = []
    resets: set[dt.datetime] = set()
    for place, (at, value) in enumerate(figures):
        if kept and kept[-1][1] >= COLLAPSE_MIN_LEVEL and value < COLLAPSE_RATIO * kept[-1][1]:
            following = [later for _, later in figures[place + 1 :] if not (value == 0 and later == 0)]
            if not following:
                result.flags.add("pending_collapse")
                break
            if following[0] >= COLLAPSE_RATIO * kept[-1][1]:
                result.flags.add("glitch_dropped")
                continue
            resets.add(at)
            result.flags.add("reset")
        kept.append((at, value))
    return kept, resets


def deltas(readings: Sequence[Reading], kind: str, published_at: dt.datetime | None) -> Deltas:
    """What a post's readings add to each day.

    Args:
        readings: in any order, repeats allowed.
        kind: `counter` or `reversible`.
        published_at: None where nobody knows: the first figure then belongs to no day.
    """
    result = Deltas()
    figures = usable(readings)
    resets: set[dt.datetime] = set()
    if kind == "counter":
        figures, resets = without_collapses(figures, result)
    if not figures:
        return result
    first_at, first_value = figures[0]
    if published_at is None or first_at - published_at > HARD_GAP:
        result.unallocated.append((first_value, "before_tracking"))
        before_at, before_value, figures = first_at, first_value, figures[1:]
    else:
        before_at, before_value = min(published_at, first_at), 0.0
    for at, value in figures:
        if at in resets:
            result.reset_loss += before_value
        _book(result, before_at, at, value if at in resets else value - before_value)
        before_at, before_value = at, value
    result.last = before_value
    return result


def _book(result: Deltas, before_at: dt.datetime, at: dt.datetime, amount: float) -> None:
    gap = at - before_at
    if amount < 0:
        result.put(local_date(at), correction=amount)
    elif gap > HARD_GAP:
        result.unallocated.append((amount, "gap"))
    elif gap <= dt.timedelta(0):
        if amount:
            result.put(local_date(at), gain=amount)
    else:
        for day, share in split_over_days(before_at, at):
            result.put(day, gain=amount * share, imputed=gap > SOFT_GAP)
