"""What has been read of each account, and when: what a schedule decides by."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.schedule import Crawl, LastRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pipelines.landing.manifest import Entry, Landing
    from pipelines.sources.stream import Role, Stream

_ROLES: frozenset[Role] = frozenset({"posts", "account", "stories"})


def last_readings(landing: Landing, streams: Iterable[Stream], *, since: datetime) -> dict[tuple[str, str], LastRead]:
    """What came to its end in the runs since an instant, by source and account.

    Args:
        landing: whose manifests are read.
        streams: whose crawls count; those without a role in the schedule are left out.
        since: the machine's own clock, UTC: older manifests are not opened.
    """
    roles = {(stream.source, stream.name): stream.role for stream in streams if stream.role in _ROLES}
    oldest = f"{since:%Y%m%dT%H%M%S%f}Z"
    ended: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for manifest in landing.manifests():
        if manifest.stem >= oldest:
            for entry, _ in landing.entries(manifest):
                if entry.complete and entry.account_id and (entry.source, entry.stream) in roles:
                    ended[entry.source, entry.account_id].append(entry)
    return {key: _read(entries, roles) for key, entries in ended.items()}


def _read(entries: list[Entry], roles: Mapping[tuple[str, str], str]) -> LastRead:
    crawls = [
        Crawl(entry.window_end, entry.window_end - entry.window_start)
        for entry in entries
        if roles[entry.source, entry.stream] == "posts" and entry.window_start and entry.window_end
    ]
    return LastRead(
        crawls=tuple(sorted(crawls, key=lambda crawl: crawl.at, reverse=True)),
        account_at=_newest(entries, roles, "account"),
        stories_at=_newest(entries, roles, "stories"),
    )


def _newest(entries: list[Entry], roles: Mapping[tuple[str, str], str], role: str) -> datetime | None:
    found = (entry.fetched_at for entry in entries if roles[entry.source, entry.stream] == role)
    return max(found, default=None)


def posts_per_day(landing: Landing, streams: Iterable[Stream]) -> dict[tuple[str, str], float]:
    """How many posts a day the deepest listing of each account held, the newest of several; by source and account."""
    listings = {(stream.source, stream.name) for stream in streams if stream.role == "posts"}
    rows: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    deepest: dict[tuple[str, str], tuple[float, datetime, int]] = {}
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            if entry.account_id is None or (entry.source, entry.stream) not in listings:
                continue
            crawl = (entry.run_id, entry.source, entry.account_id)
            rows[crawl] += entry.rows
            if entry.complete and entry.window_start and entry.window_end:
                days = round((entry.window_end - entry.window_start).total_seconds() / 86400, 2)
                found = (days, entry.window_end, rows[crawl])
                deepest[crawl[1:]] = max(found, deepest.get(crawl[1:], found))
    return {key: count / days for key, (days, _, count) in deepest.items() if days > 0}
