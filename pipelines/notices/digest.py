"""From how things stand to what is new: each thing is told once, and again only if it has been well in between."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from pipelines.wording import word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from pipelines.wording import Language

Kind = Literal["verdict", "stale", "token", "retired"]
KINDS: tuple[Kind, ...] = ("verdict", "stale", "token", "retired")
"""In the order in which they are told."""

NAMED = 5
"""So many accounts of a source are named in a digest."""


@dataclass(frozen=True)
class Notice:
    """One thing to tell.

    Args:
        kind: what sort of thing.
        key: what it is about; the same as long as nothing has changed.
        sv: the sentence in Swedish.
        en: the sentence in English.
        source: whose account it is about; of many accounts of one source only some are named.
    """

    kind: Kind
    key: str
    sv: str
    en: str
    source: str = ""

    def says(self, lang: Language) -> str:
        """The sentence."""
        return self.sv if lang == "sv" else self.en


@dataclass(frozen=True)
class Digest:
    """What is new.

    Args:
        organisation: the institution's name, in Swedish and in English.
        as_of: the instant the published numbers speak of, UTC; None if nothing has been published.
        notices: what to tell, verdicts first; empty when there is nothing.
    """

    organisation: tuple[str, str]
    as_of: datetime | None
    notices: tuple[Notice, ...]

    def of(self, kind: Kind) -> list[Notice]:
        """The notices of a kind."""
        return [notice for notice in self.notices if notice.kind == kind]

    def sentences(self, kind: Kind, lang: Language) -> list[str]:
        """What there is to say of a kind, a sentence each; of a source with many the first, and how many more."""
        found: list[str] = []
        for source, notices in groupby(self.of(kind), key=lambda notice: notice.source):
            told = list(notices)
            kept = told[:NAMED] if source and len(told) > NAMED + 1 else told
            found += [notice.says(lang) for notice in kept]
            if more := len(told) - len(kept):
                found.append(f"{source}: {more} konton till." if lang == "sv" else f"{source}: {more} more accounts.")
        return found


def verdict_notice(goal_id: str, label_sv: str, label_en: str, verdict: str, reasons: str) -> Notice:
    """How a goal stands now.

    Args:
        goal_id: goal.
        label_sv: the goal in the institution's words.
        label_en: the same in English.
        verdict: met, not_met or insufficient_evidence.
        reasons: `KPI:reason`, joined by commas, as `published.goal_verdict` has them.
    """
    codes = [part.partition(":") for part in reasons.split(",") if part]
    sv = ", ".join(f"{kpi} {word(code, 'sv')}" for kpi, _, code in codes)
    en = ", ".join(f"{kpi} {word(code, 'en')}" for kpi, _, code in codes)
    return Notice(
        "verdict",
        f"verdict:{goal_id}:{verdict}",
        f"{label_sv}: omdömet är nu ”{word(verdict, 'sv')}”{f' ({sv})' if sv else ''}.",
        f"{label_en}: the verdict is now “{word(verdict, 'en')}”{f' ({en})' if en else ''}.",
    )


def stale_notice(source: str, account: str, last_read_at: datetime | None) -> Notice:
    """An account that nothing has been read of for too long; None if nothing ever was."""
    if last_read_at is None:
        sv, en = "har aldrig lästs", "has never been read"
    else:
        at = f"{last_read_at:%Y-%m-%d %H:%M} UTC"
        sv, en = f"lästes senast {at}", f"was last read {at}"
    of = f"{source}, {account}"
    return Notice("stale", f"stale:{source}:{account}", f"{of}: {sv}.", f"{of}: {en}.", source)


def token_notice(source: str, account: str, state: str, expires_at: datetime | None, sentence: str) -> Notice:
    """A token that a person must see to.

    Args:
        source: whose.
        account: native id, or `all`.
        state: `ending`, `ended`, `refused` or `unreadable`.
        expires_at: UTC, if it is known.
        sentence: what there is to tell and to do, in English, without the token.
    """
    when = f" {expires_at:%Y-%m-%d}" if expires_at else ""
    sv = {
        "ending": f"token går ut{when}",
        "ended": f"token har gått ut{when}",
        "refused": "token förnyades inte av plattformen",
    }.get(state, "token kan inte läsas")
    return Notice(
        "token",
        f"token:{source}:{account}:{state}:{expires_at or ''}",
        f"{source}, {account}: {sv}. `syfte auth status` säger vad som ska göras.",
        f"{source}, {account}: {sentence}",
    )


def refused_notice(platform: str, scope: str, native_metric: str, media_type: str, since: datetime) -> Notice:
    """A metric that a platform does not give any more."""
    name = f"{native_metric} ({media_type})" if media_type else native_metric
    sv_scope, en_scope = ("inlägg", "posts") if scope == "post" else ("konton", "accounts")
    return Notice(
        "retired",
        f"metric:{platform}:{scope}:{native_metric}:{media_type}:{since:%Y-%m-%d}",
        f"{platform} ger inte längre måttet {name} för {sv_scope}, sedan {since:%Y-%m-%d}. Det redovisas som "
        "”plattformen redovisar det inte”, aldrig som noll.",
        f"{platform} no longer gives the metric {name} of {en_scope}, since {since:%Y-%m-%d}. It is shown as not "
        "offered, never as zero.",
    )


def version_notice(source: str, version: str, ends_on: date, sentence: str) -> Notice:
    """A version of a platform's interface that ends soon, or has ended."""
    return Notice(
        "retired",
        f"version:{source}:{version}",
        f"{source} frågar efter version {version}, som upphör {ends_on:%Y-%m-%d}. "
        "`syfte status` säger vad som ska göras.",
        sentence,
    )


def news(notices: Iterable[Notice], told: Collection[str]) -> tuple[Notice, ...]:
    """What has not been told yet.

    A verdict is news only where another one of its goal has been told: the first is where it begins.

    Args:
        notices: everything that stands now.
        told: keys of what stood when something was told last, or was looked at first.
    """
    known = {key.rpartition(":")[0] for key in told if key.startswith("verdict:")}
    found = [
        notice
        for notice in notices
        if notice.key not in told and (notice.kind != "verdict" or notice.key.rpartition(":")[0] in known)
    ]
    return tuple(sorted(found, key=lambda notice: (KINDS.index(notice.kind), notice.key)))
