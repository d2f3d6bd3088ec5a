"""How each token stands: where it comes from, when it ends, what to do. Never the token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.errors import CredentialError, StorageError
from pipelines.source_settings import DEFAULT, PREFIX, RenewingSettings
from pipelines.tokens.record import WARN_FROM, Record, ends_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipelines.source_settings import SourceSettings
    from pipelines.sources.base import Account, Source
    from pipelines.tokens.keeper import Job, Keeper


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one token stands.

    Args:
        account: native id, or `all` for a token that accounts share.
        kind: what it is, for people.
        origin: where it comes from.
        state: `good`, `ending` (a person must act within 14 days), `ended`, `refused` (the platform did not renew it),
            `missing`, or `unreadable`.
        expires_at: when a person must have acted, UTC; None if that is not known, or never.
        is_latest: `expires_at` is only the latest it can be.
        days_left: whole days until then.
        renewed_at: when the platform last gave a new one, UTC.
        do: what to do, or what will be done.
    """

    source: str
    account: str
    kind: str
    origin: str
    state: str
    expires_at: datetime | None = None
    is_latest: bool = False
    days_left: int | None = None
    renewed_at: datetime | None = None
    do: str = ""

    @property
    def needs_action(self) -> bool:
        """Whether a person should be told."""
        return self.state in ("ending", "ended", "refused", "unreadable")

    @property
    def sentence(self) -> str:
        """What there is to tell, without the token."""
        left = "has ended" if self.state == "ended" else "was not renewed" if self.state == "refused" else "ends"
        if self.state == "unreadable":
            return self.do
        when = f" on {self.expires_at:%Y-%m-%d}" if self.expires_at else ""
        latest = " at the latest" if self.is_latest and when else ""
        days = f", in {self.days_left} days" if self.state == "ending" and self.days_left is not None else ""
        return f"the {self.kind} {left}{when}{latest}{days}. {self.do}"


def standings(keeper: Keeper, work: Iterable[tuple[Source, list[Account]]]) -> list[Standing]:
    """Every token of the sources that are switched on, one row each. Asks nobody, writes nothing."""
    settings = keeper.settings
    now = settings.clock_now
    found: dict[tuple[str, str], Standing] = {}
    for source, accounts in work:
        section = settings.section_of(source.name)
        for account in accounts if section is not None else ():
            key = _key(section, account) if section is not None else DEFAULT
            if section is None or (source.name, key) in found or not _is_set(section, key):
                continue
            shown = "all" if key == DEFAULT else key
            origin = settings.origin_of(_variable(section, key))
            found[source.name, key] = _of(keeper, source, account, shown=shown, origin=origin, now=now)
    return list(found.values())


def _is_set(section: SourceSettings, key: str) -> bool:
    """Whether there is any secret; what is public needs none."""
    return not section.words_for(key).keys().isdisjoint({"access_token", "refresh_token"})


def _key(section: SourceSettings, account: Account) -> str:
    return account.native_id if section.needs_session else section.key_of(account.native_id)


def _of(keeper: Keeper, source: Source, account: Account, *, shown: str, origin: str, now: datetime) -> Standing:
    """The row of one token."""
    job = keeper.job(source, account)
    if job is None:
        do = "Its platform sets no end."
        return Standing(source=source.name, account=shown, kind="access token", origin=origin, state="good", do=do)
    try:
        record = keeper.record(job)
    except (CredentialError, StorageError) as error:
        do = f"{error.what} {error.do or ''}".rstrip()
        kind = job.renewal.kind
        return Standing(source=source.name, account=shown, kind=kind, origin=origin, state="unreadable", do=do)
    if record is not None and record.access_token is not None:
        origin = f"{keeper.place} (from {origin})"
    return _judged(job, record, shown=shown, origin=origin, now=now)


def _judged(job: Job, record: Record | None, *, shown: str, origin: str, now: datetime) -> Standing:
    ends, is_latest = ends_at(record, job.renewal, renews=job.renews)
    left = None if ends is None else ends - now
    state = _state(job, record, left, now)
    return Standing(
        source=job.source,
        account=shown,
        kind=_kind(job, record),
        origin=origin,
        state=state,
        expires_at=ends,
        is_latest=is_latest,
        days_left=None if left is None else max(left // timedelta(days=1), 0),
        renewed_at=record.renewed_at if record else None,
        do=_advice(job, record, state),
    )


def _state(job: Job, record: Record | None, left: timedelta | None, now: datetime) -> str:
    if record is not None and record.refused:
        return "refused"
    if left is not None and left <= timedelta(0):
        return "ended"
    will_renew = job.renews and record is not None and "refresh_token" not in job.renewal.needs
    if left is not None and left <= (job.renewal.margin if will_renew else WARN_FROM):
        has_time = will_renew and record is not None and now - (record.renewed_at or record.first_seen_at) < _GRACE
        return "good" if has_time else "ending"
    return "good"


_GRACE = timedelta(days=2)
"""A token that renews itself is given two daily runs before anybody is told."""


def _kind(job: Job, record: Record | None) -> str:
    if record is not None and record.inspected_kind:
        return f"{record.inspected_kind.replace('_', ' ').lower()} token"
    if "refresh_token" in job.words:
        return "refresh token (rotates)" if job.renewal.rotates else "refresh token"
    return "app password" if job.section.needs_session else job.renewal.kind


def _advice(job: Job, record: Record | None, state: str) -> str:
    if state == "refused" and record is not None:
        return f"{record.refused} Sign in again and set the new token; then `syfte auth refresh`."
    if state != "good":
        by_itself = job.renews and "refresh_token" not in job.renewal.needs
        first = "Run `syfte auth refresh`; if that fails, s" if by_itself else "S"
        return f"{first}ign in again and set the new token in .env."
    if record is None:
        return "Not used yet."
    if record.is_endless or job.renews:
        return "It has no end." if record.is_endless else "Renewed by itself."
    return "" if record.expires_at or not job.renewal.is_short else "No end is known; it is not renewed."


def _variable(section: SourceSettings, key: str) -> str:
    """The variable that a key's secret is set by, as far as can be told: a table may also stand in one JSON."""
    table = {DEFAULT: ""}.get(key, f"S__{key}")
    has_refresh = isinstance(section, RenewingSettings) and (
        section.refresh_token is not None if key == DEFAULT else key in section.refresh_tokens
    )
    return f"{PREFIX}{section.section}__{'REFRESH_TOKEN' if has_refresh else 'TOKEN'}{table}"
