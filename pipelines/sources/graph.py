"""How Meta's Graph API says what it means: its answers, errors and limits, alike for Facebook Pages and Instagram."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import SourceError
from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, judge_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HOSTS = frozenset({"graph.facebook.com", "graph.instagram.com"})

CALLS = (
    Cost(
        Allowance(
            name="calls",
            period="day",
            note="4,800 for each user engaged (Pages) or impression; Meta's headers tell the share used",
        ),
        per_request=1,
    ),
)
"""Every request costs a call; how many there are depends on the account's audience, so that no number stands here."""

_TOKEN_CODES = frozenset({102, 190, 463, 467})
_LIMIT_CODES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})


class Error(msgspec.Struct):
    """The platform's error object."""

    message: str = ""
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool | None = None


class Node(msgspec.Struct):
    """An answer that is one object."""

    error: Error | None = None
    id: str | None = None

    def flaw(self) -> str | None:
        """An object without an id is not the one we asked for."""
        return None if self.id or self.error else "an object without id"


class Cursors(msgspec.Struct):
    """Where to go on."""

    after: str | None = None


class Paging(msgspec.Struct):
    """`next` holds the token of whoever asked by query: only whether it is there is looked at, and it is never kept."""

    cursors: Cursors | None = None
    next: str | None = None


class Feed(msgspec.Struct):
    """An answer that is a list."""

    error: Error | None = None
    data: list[msgspec.Raw] | None = None
    paging: Paging | None = None

    def flaw(self) -> str | None:
        """A list without `data` must not end a crawl."""
        return None if self.data is not None or self.error else "a list without data"

    def next_cursor(self) -> str | None:
        """Cursor of the next page; None when the platform says that there is none.

        Raises:
            SourceError: the platform says there is a next page, but not where.
        """
        if self.paging is None or self.paging.next is None:
            return None
        if self.paging.cursors is None or not self.paging.cursors.after:
            raise SourceError("A page names a next one, but no cursor to reach it.", do="Please report it.")
        return self.paging.cursors.after


class GraphDialect:
    """The error object decides, the status second: limits come as HTTP 400, and errors have come with HTTP 200."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        error: Error | None = getattr(answer.envelope, "error", None)
        if error is None:
            return judge_status(answer)
        reason = f"code {error.code}" + (f"/{error.error_subcode}" if error.error_subcode else "")
        kind = next((kind for fits, kind in _RULES if fits(error)), Kind.PERMANENT)
        if kind is Kind.THROTTLED:
            return Outcome(kind=kind, reason=reason, wait_s=_regain_s(answer.headers) or None, first_wait_s=60.0)
        if kind is Kind.CREDENTIAL and error.code not in _TOKEN_CODES:
            do = "Give the token the permissions that docs/sources lists for this source; then try `syfte check`."
            return Outcome(kind=kind, reason=f"{reason}, a permission is missing", do=do)
        return Outcome(kind=kind, reason=reason, is_dead=kind is Kind.CREDENTIAL)

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """Readings of the three usage headers; percentages there, ratios here."""
        readings: list[Quota] = []
        for name, usage in _usages(answer.headers):
            wait = usage.estimated_time_to_regain_access * 60
            used = max(usage.call_count, usage.total_cputime, usage.total_time) / 100
            resets = answer.answered_at + timedelta(seconds=wait) if wait else None
            readings.append(
                Quota(
                    source=source,
                    name=name,
                    used_ratio=used,
                    observed_at=answer.answered_at,
                    resets_at=resets,
                    wait_s=wait,
                )
            )
        return readings


def _says(error: Error, *phrases: str) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)


_RULES: tuple[tuple[Callable[[Error], bool], Kind], ...] = (
    (lambda e: e.code in _TOKEN_CODES, Kind.CREDENTIAL),
    (lambda e: e.code in _LIMIT_CODES, Kind.THROTTLED),
    # Media from before the account became professional; a story that fewer than five people saw.
    (lambda e: e.error_subcode == 2108006 or (e.code == 10 and _says(e, "enough viewers")), Kind.NOT_OFFERED),
    (lambda e: e.code in (3, 10) or 200 <= (e.code or 0) <= 299, Kind.CREDENTIAL),
    (lambda e: e.code == 100 and e.error_subcode == 33, Kind.GONE),
    (
        lambda e: e.code == 100 and _says(e, "valid insights metric", "must be one of the following values"),
        Kind.INVALID_METRIC,
    ),
    (lambda e: e.code == 100 and _says(e, "nonexisting field (insights)"), Kind.NOT_OFFERED),
    (lambda e: e.code == 1 and _says(e, "reduce the amount"), Kind.REDUCE),
    (lambda e: e.code in (1, 2) or bool(e.is_transient), Kind.TRANSIENT),
)
"""What an error means; the first rule that fits decides."""


class _Usage(msgspec.Struct):
    call_count: float = 0.0
    total_cputime: float = 0.0
    total_time: float = 0.0
    estimated_time_to_regain_access: float = 0.0
    type: str = ""


def _usages(headers: Mapping[str, str]) -> Iterator[tuple[str, _Usage]]:
    for name in ("x-app-usage", "x-page-usage"):
        if text := headers.get(name):
            try:
                yield name, msgspec.json.decode(text, type=_Usage)
            except msgspec.DecodeError:
                continue  # a header we cannot read says nothing; the error codes still do
    if text := headers.get("x-business-use-case-usage"):
        try:
            per_business = msgspec.json.decode(text, type=dict[str, list[_Usage]])
        except msgspec.DecodeError:
            return
        for business, usages in per_business.items():
            for usage in usages:
                yield f"x-business-use-case-usage {business} {usage.type}".strip(), usage


def _regain_s(headers: Mapping[str, str]) -> float:
    return max((usage.estimated_time_to_regain_access * 60 for _, usage in _usages(headers)), default=0.0)
