"""Metrics that a platform refuses: found by halving, set aside by name and date, asked for again once a day.

Platforms retire metrics on a day of their own, and one name that is not offered makes them refuse a whole request. A
refused name must sink neither the others nor the run, and must be told: silence would look like a metric that nobody
asked for, or worse, like zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pipelines.sources.refusals import InvalidMetricError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from pipelines.sources.http import Reply
    from pipelines.sources.outcomes import Envelope

    E = TypeVar("E", bound=Envelope)

ASK_AGAIN_AFTER = timedelta(hours=20)
"""Once a day, and not a day later because a nightly pull began a minute early."""

Name = tuple[str, str, str]
"""Scope (`post`, `account`), kind of post (empty for all kinds), native metric."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A metric that an account is refused.

    Args:
        scope, kind, native_metric: which.
        reason: the platform's.
        since: when it was first refused, UTC.
        asked_at: when it was asked for last, UTC.
    """

    scope: str
    native_metric: str
    reason: str
    since: datetime
    asked_at: datetime
    kind: str = ""

    @property
    def name(self) -> Name:
        """What it is of."""
        return (self.scope, self.kind, self.native_metric)


@dataclass
class RefusedMetrics:
    """The refused metrics of one account during a pull.

    Args:
        known: refused before this pull.
        now: when the pull began, UTC.
    """

    known: Iterable[Refusal]
    now: datetime
    _resting: dict[Name, Refusal] = field(init=False)
    _asking_again: dict[Name, Refusal] = field(init=False)
    _found: dict[Name, tuple[str, datetime]] = field(default_factory=dict[Name, tuple[str, datetime]])
    _back: dict[Name, datetime] = field(default_factory=dict[Name, datetime])

    def __post_init__(self) -> None:
        known = {refusal.name: refusal for refusal in self.known}
        self._resting = {n: r for n, r in known.items() if self.now - r.asked_at < ASK_AGAIN_AFTER}
        self._asking_again = {n: r for n, r in known.items() if n not in self._resting}

    def open(self, scope: str, kind: str, metrics: Iterable[str]) -> list[str]:
        """The metrics that may be asked for now, in order."""
        names = [(metric, (scope, kind, metric)) for metric in metrics]
        return [metric for metric, name in names if name not in self._resting and name not in self._found]

    async def ask(
        self,
        scope: str,
        kind: str,
        metrics: Sequence[str],
        request: Callable[[Sequence[str]], Awaitable[Reply[E]]],
        *,
        without: bool = False,
    ) -> Reply[E] | None:
        """The answer for as many of the metrics as are offered.

        Args:
            scope: of all the metrics.
            kind: likewise.
            metrics: wished for, in order.
            request: asks for some of them.
            without: ask also when none of them is offered, because the answer holds more than metrics.

        Returns:
            None if there was nothing to ask for.
        """
        wanted = self.open(scope, kind, metrics)
        if not wanted and not without:
            return None
        bad: dict[str, str] = {}
        try:
            reply = await request(wanted)
        except InvalidMetricError:
            if not wanted:
                raise
            wanted = await _offered(request, wanted, bad)
            reply = await request(wanted) if wanted or without else None
        at = reply.answered_at if reply is not None else self.now
        self._found |= {(scope, kind, metric): (reason, at) for metric, reason in bad.items()}
        if self._asking_again:
            self._back |= {
                (scope, kind, metric): at for metric in wanted if (scope, kind, metric) in self._asking_again
            }
        return reply

    def rows(self, scope: str) -> list[bytes]:
        """Rows of a `metric_status` stream: what is refused and what is given again."""
        resting = {name: (refusal.reason, refusal.asked_at) for name, refusal in self._resting.items()}
        told = [(name, "not_offered", reason, at) for name, (reason, at) in (resting | self._found).items()]
        told.extend((name, "offered", "given again", at) for name, at in self._back.items())
        return [
            msgspec.json.encode(
                {"native_metric": name[2], "scope": scope, "status": status, "reason": reason}
                | ({"media_product_type": name[1]} if name[1] else {})
                | {"asked_at": at.astimezone(UTC).isoformat()}
            )
            for name, status, reason, at in told
            if name[0] == scope
        ]


async def _offered(
    request: Callable[[Sequence[str]], Awaitable[object]], metrics: Sequence[str], bad: dict[str, str]
) -> list[str]:
    """The metrics that may be asked for, found by halving."""
    try:
        await request(metrics)
    except InvalidMetricError as error:
        if len(metrics) == 1:
            bad[metrics[0]] = error.what
            return []
        middle = len(metrics) // 2
        left = await _offered(request, metrics[:middle], bad)
        return left + await _offered(request, metrics[middle:], bad)
    return list(metrics)
