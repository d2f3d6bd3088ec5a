"""How LinkedIn says what it means: lists in Rest.li's shape, errors as a status and a word, limits without a header."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec

from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, judge_status


class Said(msgspec.Struct, rename="camel"):
    """What every answer may hold. An answer that is fine has none of it."""

    status: int | None = None
    code: str | None = None
    service_error_code: int | None = None

    def flaw(self) -> str | None:
        """An error whose HTTP status says otherwise."""
        return "an error with a status that is none" if self.status and self.status >= 400 else None


class Size(Said, rename="camel"):
    """How many follow a page. The whole answer is the object."""

    first_degree_size: int | None = None

    def flaw(self) -> str | None:
        """An answer without a size."""
        return "an answer without firstDegreeSize" if self.first_degree_size is None else None


class Paging(msgspec.Struct):
    """Where a page lies. `total` may be missing, so that nobody looks at it."""

    start: int = 0
    count: int | None = None


class Elements(Said):
    """A page of a list, found by a `start` and a `count`."""

    elements: list[msgspec.Raw] | None = None
    paging: Paging | None = None

    def flaw(self) -> str | None:
        """A list that is none must not end a crawl."""
        return None if self.elements is not None else "a list without elements"

    def objects(self) -> int:
        """How many came."""
        return len(self.elements or [])

    @property
    def is_full(self) -> bool:
        """The page holds as many as it may: there may be more behind it."""
        return self.paging is not None and self.paging.count is not None and self.objects() >= self.paging.count

    def next_cursor(self) -> str | None:
        """The offset behind a full page."""
        return str(self.paging.start + self.objects()) if self.paging is not None and self.is_full else None


_LIMITED_S = 3600.0
"""The wait where nobody counts; as a rule the day's allowance says when it is whole."""


class LinkedInDialect:
    """The status decides; the platform's own words are for people."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        reason = _reason(answer)
        match answer.status:
            case 401:
                return Outcome(kind=Kind.CREDENTIAL, reason=reason, is_dead=True)
            case 403:
                do = "Let an administrator of the page issue the token (docs/sources/linkedin.md lists its scopes)."
                return Outcome(kind=Kind.CREDENTIAL, reason=f"{reason}, a permission is missing", do=do)
            case 426:
                do = "Set SYFTE_LINKEDIN__API_VERSION to a version that still lives: docs/sources/linkedin.md."
                return Outcome(kind=Kind.PERMANENT, reason=f"{reason}, the version was switched off", do=do)
            case 429:
                why = f"{reason}, the day's limit"
                return Outcome(kind=Kind.THROTTLED, reason=why, wait_s=_LIMITED_S, is_used_up=True)
            case _:
                return replace(judge_status(answer), reason=reason)

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """None: no header tells what is left."""
        del source, answer
        return []


def _reason(answer: Answer) -> str:
    """Status, word and number. The platform's sentence is left out, because it may quote what was asked."""
    said = answer.envelope
    if not isinstance(said, Said) or answer.status < 400:
        return f"HTTP {answer.status}" + (f", {answer.problem}" if answer.problem else "")
    word = said.code if said.code and re.fullmatch(r"[A-Z_]{1,60}", said.code) else None
    number = f"code {said.service_error_code}" if said.service_error_code is not None else None
    return ", ".join(part for part in (f"HTTP {answer.status}", word, number) if part)
