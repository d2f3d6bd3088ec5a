"""Are the daily deltas of the real YouTube readings right? An independent computation, compared with the product's.

    python docs/checks/youtube_deltas.py READINGS.tsv PUBLISHED_PARQUET_DIRECTORY

The first argument is the table of readings (time, title, views, likes, dislikes; no header; Moscow time). The second is
`data/published/parquet` of a project that imported the same file with docs/examples/youtube_readings.mapping.yaml:

    syfte import --mapping docs/examples/youtube_readings.mapping.yaml READINGS.tsv && syfte run

What follows is METHOD section 3 in plain Python, one video at a time. It imports nothing of the product, so that a
mistake of the product cannot hide in it. The readings name no time of publication: the first figure of a video belongs
to no day. Days are those of Stockholm, the organisation's zone.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

MOSCOW, STOCKHOLM = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Stockholm")
COUNTERS = {"views": 2, "likes": 3, "dislikes": 4}
MONOTONE = {"views"}
GUESSED, GIVEN_UP = timedelta(hours=48), timedelta(hours=168)
TOLERANCE = 1e-6

Sample = tuple[datetime, int]


@dataclass
class Booked:
    """What one counter of one video comes to: local date -> gain, correction and whether it is a guess."""

    gains: defaultdict[date, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    corrections: defaultdict[date, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    guessed: set[date] = field(default_factory=set)
    unallocated: list[tuple[str, int]] = field(default_factory=list)
    last: int = 0
    reset_loss: int = 0

    @property
    def total(self) -> Fraction:
        """All that was given to days and to no day."""
        return sum(self.gains.values()) + sum(self.corrections.values()) + sum(n for _, n in self.unallocated)


def read(path: Path) -> dict[tuple[str, str], list[Sample]]:
    """Samples by title and counter, in the order of time; of two at one instant the higher one holds."""
    held: defaultdict[tuple[str, str], dict[datetime, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            at = datetime.strptime(line[0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=MOSCOW).astimezone(UTC)
            for counter, column in COUNTERS.items():
                samples = held[line[1], counter]
                samples[at] = max(samples.get(at, 0), int(line[column]))
    return {key: sorted(samples.items()) for key, samples in held.items()}


def judged(samples: list[Sample]) -> list[tuple[datetime, int, bool]]:
    """A monotone counter without its glitches; True where it began again. Rule 2."""
    kept: list[tuple[datetime, int, bool]] = []
    for place, (at, value) in enumerate(samples):
        is_reset = False
        if kept and kept[-1][1] >= 10 and value < kept[-1][1] / 2:
            following = [later for _, later in samples[place + 1 :] if not value == later == 0]
            if not following:
                break  # pending: nothing confirms it yet
            if following[0] >= kept[-1][1] / 2:
                continue  # a glitch
            is_reset = True
        kept.append((at, value, is_reset))
    return kept


def book(samples: list[Sample], *, is_monotone: bool) -> Booked:
    """Rules 1 and 3 to 5: what each pair of samples adds, and to which local day."""
    kept = judged(samples) if is_monotone else [(at, value, False) for at, value in samples]
    result = Booked()
    (before_at, before, _), *others = kept
    result.unallocated.append(("before_tracking", before))
    for at, value, is_reset in others:
        result.reset_loss += before if is_reset else 0
        amount = value if is_reset else value - before
        if amount < 0:
            result.corrections[at.astimezone(STOCKHOLM).date()] += amount
        elif at - before_at > GIVEN_UP:
            result.unallocated.append(("gap", amount))
        else:
            for day, share in shares(before_at, at):
                result.gains[day] += amount * share
                if at - before_at > GUESSED:
                    result.guessed.add(day)
        before_at, before = at, value
    result.last = before
    return result


def shares(start: datetime, end: datetime) -> list[tuple[date, Fraction]]:
    """Each local day between two instants with its exact share of the elapsed time."""
    found: list[tuple[date, Fraction]] = []
    at = start
    while at < end:
        day = at.astimezone(STOCKHOLM).date()
        midnight = datetime.combine(day + timedelta(days=1), time(0), STOCKHOLM).astimezone(UTC)
        until = min(end, midnight)
        found.append(
            (day, Fraction((until - at) // timedelta(microseconds=1), (end - start) // timedelta(microseconds=1)))
        )
        at = until
    return found


def post_id(title: str) -> str:
    """The id that the mapping file gives a video: of its title's SHA-256."""
    return f"youtube:{hashlib.sha256(title.encode()).hexdigest()[:24]}"


def differences(mine: Booked, days: pl.DataFrame, aside: pl.DataFrame) -> list[str]:
    """Where the product's rows of one counter are not those found here."""
    theirs = {row["local_date"]: row for row in days.iter_rows(named=True)}
    found = [
        f"{day}: only one of the two has it" for day in sorted((set(mine.gains) | set(mine.corrections)) ^ set(theirs))
    ]
    for day in sorted(theirs):
        expected = (float(mine.gains[day]), float(mine.corrections[day]), day in mine.guessed)
        given = (theirs[day]["gain"], theirs[day]["correction"], theirs[day]["is_imputed"])
        if max(abs(expected[0] - given[0]), abs(expected[1] - given[1])) > TOLERANCE or expected[2] != given[2]:
            found.append(f"{day}: {given} is not {expected}")
    amounts = sorted((why, float(n)) for why, n in mine.unallocated if n)
    if amounts != sorted(zip(aside["reason"], aside["amount"], strict=True)):
        found.append(f"without a day: {aside.rows()} is not {amounts}")
    return found


def main(readings: Path, published: Path) -> int:
    """Print a line per video and counter; the number of those that differ or do not conserve their counter."""
    every_day = pl.read_parquet(published / "post_metric_daily.parquet")
    every_aside = pl.read_parquet(published / "post_metric_unallocated.parquet")
    print("| video | counter | last | gains | corrections | without a day | gaps | days guessed | conserved | equal |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---|---|")
    wrong = 0
    for (title, counter), samples in sorted(read(readings).items()):
        mine = book(samples, is_monotone=counter in MONOTONE)
        ours = (pl.col("post_id") == post_id(title)) & (pl.col("native_metric") == counter)
        metric = every_day.filter(ours)["metric"].unique().to_list()
        of_metric = (pl.col("post_id") == post_id(title)) & pl.col("metric").is_in(metric)
        differing = differences(mine, every_day.filter(ours), every_aside.filter(of_metric))
        conserved = mine.total == mine.last + mine.reset_loss
        wrong += bool(differing) or not conserved
        gaps = sum(why == "gap" for why, _ in mine.unallocated)
        given, back = sum(mine.gains.values()), sum(mine.corrections.values())
        aside = sum(n for _, n in mine.unallocated)
        said = "yes" if not differing else f"no: {'; '.join(differing[:3])}"
        print(
            f"| {post_id(title)} | {counter} | {mine.last} | {float(given):.0f} | {float(back):.0f} | {aside} | {gaps} "
            f"| {len(mine.guessed)} | {'yes' if conserved else 'no'} | {said} |"
        )
    return wrong


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
