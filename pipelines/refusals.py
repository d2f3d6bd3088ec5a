"""Which metrics which account is refused: what a pull knows beforehand, and what it finds out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.graph_records import MetricStatus
from pipelines.sources.refused import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.sources.stream import Page


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A metric that an account of a source is refused."""

    source: str
    account_id: str
    refusal: Refusal


class RefusalBook:
    """The refused metrics of all accounts. Without it nothing is lost: what is refused is found out again.

    Args:
        known: from earlier pulls.
    """

    def __init__(self, known: Iterable[Refused] = ()) -> None:
        self._known = {(one.source, one.account_id, one.refusal.name): one for one in known}
        self.fresh: list[Refused] = []
        self.is_changed = False

    def of(self, source: str, account_id: str) -> tuple[Refusal, ...]:
        """What an account is refused."""
        return tuple(one.refusal for one in self if (one.source, one.account_id) == (source, account_id))

    def note(self, page: Page) -> None:
        """Learn from a page of a `metric_status` stream."""
        for row in page.rows:
            told = msgspec.json.decode(row, type=MetricStatus)
            name = (told.scope, told.media_product_type or "", told.native_metric)
            key = (page.stream.source, page.account_id, name)
            before = self._known.pop(key, None)
            if told.status == "offered":
                self.is_changed = True
                continue
            asked_at = datetime.fromisoformat(told.asked_at).astimezone(UTC) if told.asked_at else page.fetched_at
            refusal = Refusal(
                scope=told.scope,
                kind=name[1],
                native_metric=told.native_metric,
                reason=told.reason,
                since=before.refusal.since if before else asked_at,
                asked_at=asked_at,
            )
            self._known[key] = found = Refused(source=key[0], account_id=key[1], refusal=refusal)
            self.is_changed = self.is_changed or found != before
            if before is None:
                self.fresh.append(found)

    def __iter__(self) -> Iterator[Refused]:
        return iter(self._known.values())


def sentences(refused: Iterable[Refused]) -> list[str]:
    """One line for each source, scope and metric, for people."""
    accounts: dict[tuple[str, str, str], list[Refused]] = {}
    for one in refused:
        accounts.setdefault((one.source, one.refusal.scope, one.refusal.native_metric), []).append(one)
    return [
        f"{source} has not given {metric} ({scope}) since {min(one.refusal.since for one in found):%Y-%m-%d}"
        f" to {len({one.account_id for one in found})} account(s); asked for once a day"
        for (source, scope, metric), found in sorted(accounts.items())
    ]
