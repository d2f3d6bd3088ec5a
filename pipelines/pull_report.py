"""What came of a pull: per stream and account, and as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.api_versions import VersionsSeen
from pipelines.errors import CredentialError, DeferredError, SourceError, StorageError, SyfteError
from pipelines.tokens.standing import Standing

if TYPE_CHECKING:
    from pipelines.refusals import Refused
    from pipelines.sources.outcomes import Quota

EXPECTED = (CredentialError, SourceError, DeferredError)


@dataclass(kw_only=True)
class StreamResult:
    """What came of one stream of one account.

    Args:
        stream: None for an error that belongs to the account and not to one of its streams.
        rows, rejected: objects that fit the allow-list, and those that did not.
        complete: the platform itself said that this was all.
    """

    source: str
    stream: str | None
    account_id: str
    pages: int = 0
    rows: int = 0
    rejected: int = 0
    complete: bool = False
    error: SyfteError | None = None


@dataclass(kw_only=True)
class PullReport:
    """What came of a pull.

    Args:
        results: per source, stream and account.
        skipped: accounts that were not asked, with the reason.
        idle: those of them of which nothing was due.
        quotas: the newest reading of each allowance.
        tokens: how the tokens stand that were used.
        refused: the metrics that the sources that were read are refused.
        versions: which versions of their interfaces answered.
    """

    run_id: str
    results: list[StreamResult] = field(default_factory=list[StreamResult])
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    idle: frozenset[str] = frozenset()
    quotas: dict[tuple[str, str], Quota] = field(default_factory=dict[tuple[str, str], "Quota"])
    tokens: list[Standing] = field(default_factory=list[Standing])
    refused: list[Refused] = field(default_factory=list["Refused"])
    versions: VersionsSeen = field(default_factory=VersionsSeen)

    @property
    def errors(self) -> list[SyfteError]:
        """All errors: the disk and credentials first, because they need a person; deferrals last: they heal."""
        found = [result.error for result in self.results if result.error]
        return sorted(found, key=_urgency)

    def raise_for_errors(self) -> None:
        """Raise the most urgent error; call it when everything that came has been used.

        Raises:
            StorageError: the disk failed at a token's own file.
            CredentialError: a token is missing or refused.
            SourceError: a platform is unreachable or unreadable.
            DeferredError: a quota is used up.
        """
        if errors := self.errors:
            raise errors[0]


def _urgency(error: SyfteError) -> int:
    kinds = (StorageError, *EXPECTED)
    return next((place for place, kind in enumerate(kinds) if isinstance(error, kind)), len(kinds))


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """One line of `syfte check`: who answered what, or why not."""

    source: str
    account_id: str
    answer: str = ""
    error: SyfteError | None = None
