"""Tokens that the sandbox's platforms issue while it runs: new ones, and what has become of old ones."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.sandbox.units import Platform

Holder = tuple["Platform", str]
"""Platform and native id of an account."""


@dataclass(frozen=True, slots=True)
class _Issued:
    holder: Holder
    issued_at: int
    ends_at: int


class Issued:
    """Every access token given out, and which refresh token of an account works. Instants in seconds UTC."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._access: dict[str, _Issued] = {}
        self._refresh: dict[Holder, str] = {}
        self._ended: set[str] = set()
        self._given = 0
        self._now = 0

    def at(self, now: int) -> None:
        """The world's instant, by which tokens end."""
        self._now = now

    def give(self, holder: Holder, lives: int) -> str:
        """A new access token."""
        with self._lock:
            self._given += 1
            token = _token(holder, "access", self._given, self._now, lives)
            self._access[token] = _Issued(holder, self._now, self._now + lives)
            return token

    def rotate(self, holder: Holder) -> str:
        """A new refresh token; the one before works no longer."""
        with self._lock:
            self._given += 1
            self._refresh[holder] = _token(holder, "refresh", self._given, self._now, 60 * 86400)
            return self._refresh[holder]

    def refresh_token(self, holder: Holder) -> str:
        """The refresh token that works; the first one can be told from the account alone."""
        return self._refresh.get(holder, f"sandbox-refresh-{_digest(holder, 'refresh', 0)}")

    def owner(self, platform: Platform, token: str) -> str | None:
        """Native id of the account of a living token that was issued here; None for every other."""
        found = self._access.get(token)
        is_living = found is not None and self._now < found.ends_at and token not in self._ended
        return found.holder[1] if found is not None and is_living and found.holder[0] == platform else None

    def age(self, token: str) -> int | None:
        """How long ago a token was issued, seconds; None if it was there when the sandbox began."""
        found = self._access.get(token)
        return None if found is None else self._now - found.issued_at

    def ends_at(self, token: str) -> int | None:
        """When a token that was issued here ends; None for every other: those have no end."""
        found = self._access.get(token)
        return None if found is None else found.ends_at

    def end(self, token: str) -> None:
        """End a token before its time."""
        self._ended.add(token)

    def has_ended(self, token: str) -> bool:
        """Whether a token was ended before its time."""
        return token in self._ended


def _token(holder: Holder, kind: str, number: int, now: int, lives: int) -> str:
    """Letters and digits that mean nothing; on Bluesky a JWT, whose end the clients read."""
    digest = _digest(holder, kind, number)
    if holder[0] != "bluesky":
        return f"sandbox-{kind}-{digest}"
    claims = {"scope": f"com.atproto.{kind}", "sub": holder[1], "iat": now, "exp": now + lives, "jti": digest}
    parts = [{"typ": "at+jwt", "alg": "HS256"}, claims]
    return ".".join([*(_encoded(json.dumps(part).encode()) for part in parts), _encoded(digest.encode())])


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _digest(holder: Holder, kind: str, number: int) -> str:
    return hashlib.sha256(f"{holder[0]} {holder[1]} {kind} {number}".encode()).hexdigest()[:32]
