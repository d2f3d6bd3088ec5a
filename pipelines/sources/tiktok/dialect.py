"""How TikTok says what it means: a word in `error` (Display), a number in `code` with HTTP 200 (Business)."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec

from pipelines.errors import SourceError
from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, asked_wait_s, judge_status

NOTHING = msgspec.Raw()


class Error(msgspec.Struct):
    """The Display API's error object; `ok` when there is none."""

    code: str = ""


class User(msgspec.Struct):
    """The account, inside `data`."""

    user: msgspec.Raw = NOTHING


class Listing(msgspec.Struct):
    """A page of videos or comments, inside `data`."""

    videos: list[msgspec.Raw] | None = None
    comments: list[msgspec.Raw] | None = None
    cursor: int | None = None
    has_more: bool | None = None


class Days(msgspec.Struct):
    """The days of an account, inside `data`."""

    metrics: list[msgspec.Raw] | None = None


class Said(msgspec.Struct):
    """What every answer holds: one of the two, by the interface."""

    error: Error | None = None
    code: int | None = None

    @property
    def word(self) -> str:
        """What went wrong; empty if nothing did, or if the answer does not say."""
        if self.code is not None:
            return "" if self.code == 0 else str(self.code)
        return "" if self.error is None or self.error.code == "ok" else self.error.code

    @property
    def missing(self) -> str | None:
        """An answer that says neither that all is well nor that it is not."""
        return "an answer that does not say how it went" if self.error is None and self.code is None else None


class UserInfo(Said):
    """An account, by the Display API."""

    data: User | None = None

    def flaw(self) -> str | None:
        """No account."""
        return self.missing or (None if self.data and bytes(self.data.user) else "an answer without a user")


class Profile(Said):
    """An account, by the Business API: the object itself is `data`."""

    data: msgspec.Raw = NOTHING

    def flaw(self) -> str | None:
        """No account."""
        return self.missing or (None if bytes(self.data) not in (b"", b"null") else "an answer without data")

    def days(self) -> list[msgspec.Raw]:
        """Its days; none where the account has none yet."""
        return msgspec.json.decode(self.data, type=Days).metrics or []


class Page(Said):
    """A page of a list."""

    data: Listing | None = None

    def flaw(self) -> str | None:
        """A list that is none must not end a crawl."""
        has_list = self.data is not None and (self.data.videos is not None or self.data.comments is not None)
        return self.missing or (None if has_list else "a page without its list")

    def objects(self) -> int:
        """How many came."""
        return len(self.rows)

    @property
    def rows(self) -> list[msgspec.Raw]:
        """The objects."""
        return ((self.data.videos or self.data.comments) if self.data else None) or []

    def next_cursor(self) -> str | None:
        """Where the next page begins; None when the platform says that there is none.

        Raises:
            SourceError: the platform says there is a next page, but not where.
        """
        if self.data is None or not self.data.has_more:
            return None
        if self.data.cursor is None:
            raise SourceError("A page says that there are more, but not where.", do="Please report it.")
        return str(self.data.cursor)


_TOKEN = frozenset({"access_token_invalid", "40102", "40104", "40105"})
_SCOPE = frozenset({"scope_not_authorized", "scope_permission_missed", "40001"})
_LIMIT = frozenset({"rate_limit_exceeded", "40100", "40133"})
_HEALS = re.compile(r"internal_error|5[0-9]{4}")
_DO = "Let the account authorise the app again, with the scopes that docs/sources/tiktok.md lists."


class TikTokDialect:
    """The word or the number decides, the status second."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        word = answer.envelope.word if isinstance(answer.envelope, Said) else ""
        reason = f"HTTP {answer.status}" + (f", {word}" if re.fullmatch(r"[a-z0-9_]{1,60}", word) else "")
        if word in _LIMIT:
            return Outcome(kind=Kind.THROTTLED, reason=reason, wait_s=asked_wait_s(answer), first_wait_s=15.0)
        if word in _TOKEN:
            return Outcome(kind=Kind.CREDENTIAL, reason=reason, is_dead=True)
        if word in _SCOPE:
            return Outcome(kind=Kind.CREDENTIAL, reason=f"{reason}, a permission is missing", do=_DO)
        if _HEALS.fullmatch(word):
            return Outcome(kind=Kind.TRANSIENT, reason=reason)
        outcome = judge_status(answer)
        if word and answer.status < 500 and outcome.kind in (Kind.OK, Kind.BAD_PAYLOAD, Kind.PERMANENT):
            return Outcome(kind=Kind.PERMANENT, reason=reason)
        return replace(outcome, reason=reason) if word else outcome

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """None: no header tells what is left."""
        del source, answer
        return []
