"""What is known of one token, and what follows from it. Functions of the record and the clock alone."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import StorageError

if TYPE_CHECKING:
    from pipelines.sources.renewal import Renewal

WARN_FROM = timedelta(days=14)
"""So long before a token ends somebody is told: holidays are shorter."""


class Record(msgspec.Struct, kw_only=True, frozen=True, repr_omit_defaults=True):
    """What is known of one token. Instants are UTC.

    Args:
        source, host: whose it is, and where its data come from; it is used nowhere else.
        key: the account's native id, or `default`.
        seed: fingerprint of what was configured; another one means that a person has set a new token.
        first_seen_at: when this token was first used here.
        access_token, refresh_token: the newest; None while the configured ones are.
        expires_at, refresh_expires_at: None if nobody knows.
        renewed_at: when the platform last answered with a new one.
        asked_at: a renewal was begun and its answer has not been stored.
        inspected_at, inspected_kind: when the platform last said of what kind the token is, and what.
        is_endless: the platform said that it has no end.
        refused: the platform's word for why it did not renew, until it does.
    """

    source: str
    host: str
    key: str
    seed: str
    first_seen_at: datetime
    access_token: str | None = None
    refresh_token: str | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    renewed_at: datetime | None = None
    asked_at: datetime | None = None
    inspected_at: datetime | None = None
    inspected_kind: str = ""
    is_endless: bool = False
    refused: str = ""

    def __repr__(self) -> str:
        return f"Record({self.source}, {self.key})"  # never a token

    def secrets(self) -> list[str]:
        """What logs must mask."""
        return [secret for secret in (self.access_token, self.refresh_token) if secret]


def fingerprint(*secrets: str) -> str:
    """Tells one token from another without telling the token."""
    return hashlib.sha256("\0".join(secrets).encode()).hexdigest()[:32]


def encode(record: Record) -> bytes:
    """As stored."""
    return msgspec.json.encode(record)


def decode(content: bytes, where: str) -> Record:
    """Read a stored record.

    Raises:
        StorageError: it is none.
    """
    try:
        return msgspec.json.decode(content, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise StorageError(
            "A stored token is damaged.",
            where=where,
            do="Remove it, sign in to the platform again, and set the new token in .env.",
        ) from None


def is_due(record: Record, renewal: Renewal, now: datetime, *, has_access: bool) -> bool:
    """Whether a token is to be renewed now.

    Args:
        record: what is known of it.
        renewal: how it renews.
        now: UTC.
        has_access: whether there is anything to read with at all, configured or renewed.
    """
    if not has_access:
        return True
    if record.is_endless or record.inspected_kind not in ("", "USER"):
        return False  # Graph exchanges a person's token; those of a Page and of a system user it does not
    since = record.renewed_at or record.first_seen_at
    if record.expires_at is None:
        # nobody knows when it ends: one that lives for hours may have ended, one that lives for weeks is asked about
        return renewal.is_short or (renewal.inspect is None and now - since >= max(renewal.min_age, timedelta(days=1)))
    if now >= record.expires_at - renewal.margin:
        return now >= record.expires_at or now - since >= renewal.min_age
    return False


def is_usable(record: Record, now: datetime, *, has_access: bool) -> bool:
    """Whether the token at hand may still be good, for all that is known."""
    return has_access and (record.expires_at is None or now < record.expires_at)


def ends_at(record: Record | None, renewal: Renewal | None, *, renews: bool) -> tuple[datetime | None, bool]:
    """When a person must have acted, and whether that is only the latest it can be.

    A token that renews by itself ends when what renews it does; one whose age nobody knows ends, at the latest, one
    lifetime after it was first used here.
    """
    if record is None or renewal is None or record.is_endless or (renews and renewal.sign_in is not None):
        return None, False
    if renews and "refresh_token" in renewal.needs:
        known, lifetime = record.refresh_expires_at, renewal.refresh_lifetime
    else:
        is_unknowable = renewal.is_short or renewal.inspect is not None
        known, lifetime = record.expires_at, None if is_unknowable else renewal.lifetime
    if known is not None or lifetime is None:
        return known, False
    return record.first_seen_at + lifetime, True
