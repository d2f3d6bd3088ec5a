"""How X says what it means: problem types, rate-limit headers, credit that runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.outcomes import Answer, Kind, Outcome, Quota, asked_wait_s, judge_status, reset_at

if TYPE_CHECKING:
    from collections.abc import Mapping


NOTHING = msgspec.Raw()
"""`Raw | None` would accept null only, so that an absent object is an empty one."""


class Problem(msgspec.Struct):
    """One entry of `errors`."""

    type: str = ""
    title: str = ""

    @property
    def kind(self) -> str:
        """The type without its address: the host may be api.x.com or api.twitter.com."""
        return self.type.rstrip("/").rpartition("/")[2]


class Meta(msgspec.Struct):
    """What a page says of itself."""

    result_count: int | None = None
    next_token: str | None = None


class Answered(Problem):
    """What every answer may hold. Errors may stand beside data: then what is there is good."""

    errors: list[Problem] | None = None

    def kinds(self) -> set[str]:
        """All problem types."""
        return {self.kind, *(problem.kind for problem in self.errors or [])} - {""}


class User(Answered):
    """An answer that is one account."""

    data: msgspec.Raw = NOTHING

    def flaw(self) -> str | None:
        """No account and no reason why."""
        return None if bytes(self.data) else "an answer without data"

    def objects(self) -> int:
        """X charges for the account that came."""
        return 1 if bytes(self.data) else 0


class Posts(Answered):
    """A page of posts. An empty one has no `data` at all, and may still have a next one."""

    data: list[msgspec.Raw] | None = None
    meta: Meta | None = None

    def flaw(self) -> str | None:
        """A page that does not say how many it holds was cut off."""
        return None if self.meta is not None and self.meta.result_count is not None else "a page without meta"

    def objects(self) -> int:
        """X charges for each post that came."""
        return len(self.data or [])

    def next_cursor(self) -> str | None:
        """Token of the next page."""
        return self.meta.next_token if self.meta else None


class XDialect:
    """Problem types decide, the status second."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        envelope = answer.envelope if isinstance(answer.envelope, Answered) else None
        kinds = envelope.kinds() if envelope else set[str]()
        reason = f"HTTP {answer.status}" + (f", {', '.join(sorted(kinds))}" if kinds else "")
        if answer.status == 402 or (answer.status != 200 and kinds & {"credits", "usage-capped"}):
            do = "Buy credit or raise the cap in X's developer console: X charges for everything that is read."
            return Outcome(kind=Kind.EXHAUSTED, reason=f"{reason}: the credit is spent", do=do)
        is_empty = answer.status == 200 and not getattr(envelope, "data", None)
        if is_empty and "resource-not-found" in kinds:
            return Outcome(kind=Kind.GONE, reason=reason)
        if is_empty and "not-authorized-for-resource" in kinds:
            return Outcome(kind=Kind.CREDENTIAL, reason=reason)
        if answer.status == 429:
            return Outcome(kind=Kind.THROTTLED, reason=reason, wait_s=asked_wait_s(answer), first_wait_s=15.0)
        return judge_status(answer)

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """The window of the endpoint that answered: X counts requests, so that the last one may be used."""
        limit = _number(answer.headers, "x-rate-limit-limit")
        left = _number(answer.headers, "x-rate-limit-remaining")
        if not limit or left is None:
            return []
        return [
            Quota(
                source=source,
                name="x-rate-limit",
                used_ratio=1 - left / limit,
                observed_at=answer.answered_at,
                resets_at=reset_at(answer.headers),
                stop_from=1.0,
                left=left,
            )
        ]


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
