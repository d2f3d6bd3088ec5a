"""The world's history as an institution's earlier tool would have kept it: a folder for the canonical import.

Posts are read daily until they are 28 days old, then weekly to 90 days. The tool was down for five days, some values
are missing, some rows came twice, and some came days late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sandbox.calendar import DAY, HOUR, NEVER, PACIFIC, Seconds, iso_z, local_days, midnight, seconds
from pipelines.sandbox.dialogue import AGE_BANDS, KINDS, SEXES
from pipelines.sandbox.tipping import CHANNELS, DISPOSITIONS, HEARD
from pipelines.sandbox.units import COUNTRY, PLATFORMS, UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    import numpy.typing as npt

    from pipelines.sandbox.posting import Places
    from pipelines.sandbox.units import Platform
    from pipelines.sandbox.world import World

OUTAGE = (1_749_859_200, 1_749_859_200 + 5 * DAY)
"""14 to 19 June 2025, UTC: nothing was read."""
DAILY_FOR, WEEKLY_UNTIL = 28, 90
MISSING, TWICE, LATE = 0.004, 0.003, 0.01
MEDIA = {"facebook": "added_photos", "instagram": "IMAGE", "x": "text"}
WINDOWS: dict[Platform, dict[str, tuple[str, str | None]]] = {
    "facebook": {
        "page_impressions": ("2024-01-01", "2025-11-15"),
        "page_media_view": ("2025-10-01", None),
        "page_impressions_unique": ("2024-01-01", "2026-06-15"),
        "page_total_media_view_unique": ("2025-10-01", None),
    },
    "instagram": {"reach": ("2024-01-01", None), "views": ("2025-01-21", None)},
    "x": {},
}
"""Account figures per Pacific day: offered from and, if it has ended, until."""


def write_canonical(
    world: World, folder: Path, *, until: datetime, reading_hours: Sequence[int] = (4,), canaries: bool = False
) -> dict[str, int]:
    """Write a folder for `syfte import`: CSV and NDJSON for the small tables, Parquet for the large.

    Args:
        world: the world.
        folder: made if it is not there; files in it are replaced.
        until: when the earlier tool was switched off; nothing observed or received later is in the folder.
        reading_hours: hours of the day, UTC, at which it read.
        canaries: adds columns of names and free text to tips, questions and answers, each with a string `CANARY-...`
            that no importer may keep.

    Returns:
        Rows written, by table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end = seconds(until)
    writers: dict[str, Callable[[], pl.DataFrame]] = {
        "units.csv": _units,
        "accounts.csv": lambda: _accounts(world, end),
        "posts.parquet": lambda: _posts(world, end, reading_hours),
        "post_snapshots.parquet": lambda: post_snapshots(world, end, reading_hours),
        "account_snapshots.parquet": lambda: _account_snapshots(world, end, reading_hours),
        "account_windows.parquet": lambda: _account_windows(world, end),
        "interactions.ndjson": lambda: _interactions(world, end, canaries=canaries),
        "tips.parquet": lambda: _tips(world, end, canaries=canaries),
        "surveys.csv": lambda: _surveys(world, end),
        "survey_responses.csv": lambda: _survey_responses(world, end, canaries=canaries),
    }
    rows: dict[str, int] = {}
    for name, make in writers.items():
        frame = make()
        path = folder / name
        if path.suffix == ".parquet":
            frame.write_parquet(path, compression="zstd")
        elif path.suffix == ".ndjson":
            frame.write_ndjson(path)
        else:
            frame.write_csv(path)
        rows[path.stem] = frame.height
    return rows


def iso(at: Seconds) -> pl.Series:
    """Instants as ISO 8601 text in UTC; null where nothing ever happens."""
    known = pl.Series(at, dtype=pl.Int64)
    happened = known.set(known >= NEVER, None)
    return pl.from_epoch(happened, time_unit="s").dt.to_string("%Y-%m-%dT%H:%M:%SZ")


def _taken(names: Sequence[str], places: Places) -> pl.Series:
    """Names by place, null where the place is -1; strings are made once, not once a row."""
    table = pl.Series(names, dtype=pl.String)
    return table.gather(pl.Series(places).cast(pl.Int64).set(pl.Series(places < 0), None))


def _units() -> pl.DataFrame:
    total = sum(unit.population for unit in UNITS)
    rows = [(COUNTRY.unit_id, COUNTRY.name, None, total)]
    rows += [(unit.unit_id, unit.name, unit.parent, unit.population) for unit in UNITS]
    return pl.DataFrame(rows, schema=["unit_id", "name", "parent_unit_id", "population"], orient="row")


def _accounts(world: World, end: int) -> pl.DataFrame:
    known = [a for a in world.accounts if a.opened_at < end]
    return pl.DataFrame(
        [(a.account_id, a.platform, a.unit_id, a.handle, iso_z(a.opened_at)) for a in known],
        schema=["account_id", "platform", "unit_id", "handle", "opened_at"],
        orient="row",
    )


def _account_jitter(accounts: Places) -> Seconds:
    """The minute of the hour at which the tool came to an account: always the same, so a week is 168 hours."""
    return accounts * 37 % 1200


def reading_grid(world: World, end: int, reading_hours: Sequence[int]) -> tuple[Places, Seconds]:
    """Post and instant of every reading that took place, in order of post and time."""
    offsets = [*range(DAILY_FOR + 1), *range(DAILY_FOR + 7, WEEKLY_UNTIL + 1, 7)]
    steps = np.array([
        offset * DAY + hour * HOUR
        for offset in offsets
        for hour in (sorted(reading_hours) if offset <= DAILY_FOR else sorted(reading_hours)[:1])
    ])  # fmt: skip
    published = world.posts.published
    post = np.repeat(np.arange(world.post_count), len(steps))
    at = (published // DAY * DAY + _account_jitter(world.posts.account))[:, None] + steps
    at = at.reshape(-1)
    gone = world.posts.counters.deleted_at[post]
    took_place = (at > published[post]) & (at < end) & ((at < OUTAGE[0]) | (at >= OUTAGE[1])) & (at < gone + 2 * DAY)
    return post[took_place], at[took_place]


def post_snapshots(world: World, end: int, reading_hours: Sequence[int]) -> pl.DataFrame:
    """Every reading of every metric, long; observed before, and known by, `end`."""
    rng = np.random.default_rng([world.seed, 1])
    post, at = reading_grid(world, end, reading_hours)
    platform = world.platform_of(world.posts.account)[post]
    known = at + rng.integers(30, 900, len(at))
    known = np.where(rng.random(len(at)) < LATE, known + rng.integers(2 * DAY, 5 * DAY, len(at)), known)
    gone = at >= world.posts.counters.deleted_at[post]
    names: list[str] = []
    parts: list[tuple[Places, Places, npt.NDArray[np.int64]]] = []
    for place, name in enumerate(PLATFORMS):
        mine = np.flatnonzero(platform == place)
        for metric, values in world.metrics(name, post[mine], at[mine]).items():
            offered = values >= 0
            rows = mine[offered]
            parts.append((rows, np.full(len(rows), len(names)), values[offered]))
            names.append(metric)
    rows, metric_place, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    missing = rng.random(len(rows)) < MISSING
    ids = [
        f"{PLATFORMS[p]}:{n}"
        for p, n in zip(world.platform_of(world.posts.account), world.posts.native_ids, strict=True)
    ]
    status = np.where(gone[rows], 1, np.where(missing, 2, 0))
    observed, ingested = iso(at), iso(known)
    frame = pl.DataFrame({
        "post_id": _taken(ids, post[rows]),
        "observed_at": observed.gather(rows),
        "ingested_at": ingested.gather(rows),
        "status": _taken(["ok", "not_found", "error"], status),
        "native_metric": _taken(names, metric_place),
        "value": pl.Series(value).set(pl.Series(status > 0), None),
    })  # fmt: skip
    by_the_end = known[rows] < end
    twice = np.flatnonzero((rng.random(len(rows)) < TWICE) & by_the_end)
    order = np.concatenate([np.flatnonzero(by_the_end), twice])
    return frame[order[np.argsort(known[rows[order]], kind="stable")]]


def _posts(world: World, end: int, reading_hours: Sequence[int]) -> pl.DataFrame:
    post, at = reading_grid(world, end, reading_hours)
    deleted_at = world.posts.counters.deleted_at
    seen = np.full(world.post_count, NEVER)
    after = at >= deleted_at[post]
    np.minimum.at(seen, post[after], at[after])
    rows: list[dict[str, Any]] = []
    for number in np.flatnonzero(world.posts.published < end):
        one = world.post(int(number))
        rows.append({
            "post_id": one.post_id,
            "account_id": one.account.account_id,
            "published_at": iso_z(int(world.posts.published[number])),
            "text": one.text,
            "media_type": MEDIA[one.account.platform],
            "permalink": f"https://{one.account.platform}.example/{one.native_id}",
            "ref_code": one.ref_code,
            "appeal_id": one.appeal_id,
            "deleted_seen_at": iso_z(int(seen[number])) if seen[number] < NEVER else None,
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _account_snapshots(world: World, end: int, reading_hours: Sequence[int]) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    for account in world.accounts:
        first = account.opened_at // DAY * DAY + DAY
        at = np.concatenate([np.arange(first, end, DAY) + hour * HOUR for hour in reading_hours])
        at = np.sort(at + int(_account_jitter(np.array([account.number]))[0]))
        at = at[(at < end) & ((at < OUTAGE[0]) | (at >= OUTAGE[1]))]
        parts.append(
            pl.DataFrame(
                {
                    "account_id": pl.repeat(account.account_id, len(at), eager=True),
                    "observed_at": iso(at),
                    "ingested_at": iso(at + 60),
                    "native_metric": pl.repeat("followers_count", len(at), eager=True),
                    "value": world.audience.followers(account.number, at),
                }
            )
        )
    return pl.concat(parts)


def _account_windows(world: World, end: int) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    days = [day for day in local_days() if midnight(day, PACIFIC) < end]
    starts = {day.isoformat(): midnight(day, PACIFIC) for day in days}
    for account in world.accounts:
        for metric, (first, dead) in WINDOWS[account.platform].items():
            edges = np.array([
                at
                for day, at in starts.items()
                if at >= account.opened_at and first <= day and (dead is None or day <= dead)
            ])  # fmt: skip
            if len(edges) < 2:
                continue
            parts.append(
                pl.DataFrame(
                    {
                        "account_id": pl.repeat(account.account_id, len(edges) - 1, eager=True),
                        "native_metric": pl.repeat(metric, len(edges) - 1, eager=True),
                        "window_start": iso(edges[:-1]),
                        "window_end": iso(edges[1:]),
                        "value": world.audience.window(account.number, metric, edges),
                    }
                )
            )
    empty = dict.fromkeys(["account_id", "native_metric", "window_start", "window_end"], pl.String) | {
        "value": pl.Int64
    }
    return pl.concat([pl.DataFrame(schema=empty), *parts])


def _with_canaries(frame: pl.DataFrame, key: str, columns: Sequence[str], *, wanted: bool) -> pl.DataFrame:
    """Columns of free text and names as an intake has them, and as no store of ours may."""
    if not wanted:
        return frame
    return frame.with_columns(pl.format(f"CANARY-{c.upper()}-{{}} 070-000 00 00", key).alias(c) for c in columns)


def _interactions(world: World, end: int, *, canaries: bool) -> pl.DataFrame:
    dialogue = world.dialogue
    chosen = np.flatnonzero(dialogue.asked < end)
    answered = dialogue.answered[chosen]
    posts = [world.post(int(n)).post_id for n in dialogue.post[chosen]]
    frame = pl.DataFrame({
        "interaction_id": [f"q{n:06d}" for n in chosen],
        "post_id": posts,
        "asked_at": iso(dialogue.asked[chosen]),
        "answered_at": iso(np.where(answered < end, answered, NEVER)),
        "kind": _taken(KINDS, dialogue.kind[chosen]),
    })  # fmt: skip
    return _with_canaries(frame, "interaction_id", ("author", "text"), wanted=canaries)


def _tips(world: World, end: int, *, canaries: bool) -> pl.DataFrame:
    tips, posts = world.tips, world.posts
    chosen = np.flatnonzero(tips.received + HOUR <= end)
    frame = pl.DataFrame({
        "tip_id": _taken(tips.tip_ids, chosen),
        "received_at": iso(tips.received[chosen]),
        "unit_id": _taken([unit.unit_id for unit in UNITS], tips.unit[chosen]),
        "channel": _taken(CHANNELS, tips.channel[chosen]),
        "ref_code": _taken(posts.ref_codes, tips.ref_post[chosen]),
        "appeal_id": _taken(posts.appeal_ids, tips.appeal[chosen]),
        "heard_via": _taken(HEARD, tips.heard_via[chosen]),
        "disposition": _taken(DISPOSITIONS, tips.disposition[chosen]),
    })  # fmt: skip
    return _with_canaries(frame, "tip_id", ("fritext", "namn"), wanted=canaries)


def _surveys(world: World, end: int) -> pl.DataFrame:
    done = [r.survey for r in world.responses if midnight(r.survey.conducted_to) < end]
    return pl.DataFrame(
        [
            (
                s.survey_id,
                s.conducted_from.isoformat(),
                s.conducted_to.isoformat(),
                s.sample_type,
                s.mode,
                s.frame,
                s.question,
            )
            for s in done
        ],
        schema=dict.fromkeys(
            ["survey_id", "conducted_from", "conducted_to", "sample_type", "mode", "frame", "question"], pl.String
        ),
        orient="row",
    )


def _survey_responses(world: World, end: int, *, canaries: bool) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    for answers in world.responses:
        if midnight(answers.survey.conducted_to) >= end:
            continue
        count = len(answers.is_yes)
        parts.append(
            pl.DataFrame(
                {
                    "survey_id": pl.repeat(answers.survey.survey_id, count, eager=True),
                    "resp_id": [f"{answers.survey.survey_id}-{n:05d}" for n in range(count)],
                    "answer": _taken(["no", "yes"], answers.is_yes.astype(np.int64)),
                    "weight": pl.repeat(1.0, count, eager=True),
                    "age_band": _taken(AGE_BANDS, answers.age_band),
                    "sex": _taken(SEXES, answers.sex),
                    "region": _taken([unit.unit_id for unit in UNITS], answers.unit),
                    "follower": pl.Series(answers.is_follower),
                }
            )
        )
    columns = {"survey_id": pl.String, "resp_id": pl.String, "answer": pl.String, "weight": pl.Float64,
               "age_band": pl.String, "sex": pl.String, "region": pl.String, "follower": pl.Boolean}  # fmt: skip
    return _with_canaries(pl.concat([pl.DataFrame(schema=columns), *parts]), "resp_id", ("kommentar",), wanted=canaries)
