"""Exports as the platforms and a publishing tool write them, recognised by their header."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sources.files import canonical, native_metrics
from pipelines.sources.files.plan import Plan
from pipelines.sources.files.values import TimeRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.sources.files.plan import Derive

PACIFIC = TimeRule(zone="America/Los_Angeles", formats=("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "iso"))
_PUBLISHER_TIME = TimeRule(formats=("publisher",))

_LINKS: Mapping[str, tuple[str, ...]] = {
    "x": (r"/status(?:es)?/(\d+)",),
    "youtube": (r"[?&]v=([\w-]+)", r"youtu\.be/([\w-]+)", r"/shorts/([\w-]+)"),
    "facebook": (
        r"[?&](?:story_)?fbid=(\w+)",
        r"/(?:posts|videos|reel)/(?:[^/?#]+/)?(\w+)/?(?:[?#]|$)",
        r"facebook\.com/(\d+)/?(?:[?#]|$)",
    ),
}
"""Patterns of a post's id in its link, per platform; tried in turn."""

_HANDLES: Mapping[str, str] = {"x": r"(?:twitter|x)\.com/(\w+)/status", "facebook": r"facebook\.com/(\d+)/posts/"}


@dataclass(frozen=True, kw_only=True)
class Export:
    """One kind of export.

    Args:
        plan: how it is read; its fields hold every name a column may bear.
        names: canonical field -> the column's names in the languages known.
        needs: sets of names; the header must hold one name of each set.
        without: names that the header must not hold.
    """

    plan: Plan
    names: Mapping[str, Sequence[str]]
    needs: Sequence[Sequence[str]]
    without: Sequence[str] = ()
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])

    def recognise(self, header: Sequence[str]) -> Plan | None:
        """The plan for a file with this header, or None if it is another kind of file."""
        here = {name.casefold(): name for name in header if name}
        if any(name.casefold() in here for name in self.without):
            return None
        if not all(any(name.casefold() in here for name in names) for names in self.needs):
            return None
        metrics: dict[str, str] = {}
        for column, metric in self.plan.metrics.items():
            if column.casefold() in here and metric not in metrics.values():
                metrics[here[column.casefold()]] = metric
        return replace(
            self.plan,
            fields=_present(self.names, here),
            reads=tuple(_present(self.reads, here).values()),
            metrics=metrics,
            derive=self._derive(_present(self.reads, here)),
            lifetime=next((here[n.casefold()] for n in ("Date", "Datum") if n.casefold() in here), None)
            if self.plan.lifetime
            else None,
        )

    def _derive(self, columns: Mapping[str, str]) -> Derive:
        platform = self.plan.platform or ""
        return lambda frame: _names(frame, columns, platform)


def _present(names: Mapping[str, Sequence[str]], here: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for canonical_field, candidates in names.items():
        column = next((here[c.casefold()] for c in candidates if c.casefold() in here), None)
        if column is not None:
            found[canonical_field] = column
    return found


def _names(frame: pl.DataFrame, columns: Mapping[str, str], platform: str) -> dict[str, pl.Series]:
    """Ids of the post and its account, and the account's handle.

    Args:
        frame: the file's rows.
        columns: which of `id`, `account`, `username` and `link` the file has, and in which column.
        platform: goes before every id.
    """
    nothing = pl.lit(None, dtype=pl.String)
    stripped = {what: pl.col(column).str.strip_chars() for what, column in columns.items()}
    link = stripped.get("link", nothing)
    native = stripped["id"].str.extract(r"^(\w+)$", 1) if "id" in stripped else nothing
    in_link = pl.coalesce([link.str.extract(pattern, 1) for pattern in _LINKS.get(platform, ())] or [nothing])
    account = stripped["account"].str.extract(r"^(\w+)$", 1) if "account" in stripped else nothing
    handle = link.str.extract(_HANDLES[platform], 1) if platform in _HANDLES else nothing
    username = stripped.get("username", nothing)
    if platform == "facebook":
        page = handle  # a Page's link bears its number, not its name
        account, handle = pl.coalesce([account, page]), nothing
        if "account" in columns:  # the Graph API calls a post <page>_<post>
            joined = pl.concat_str([account, pl.lit("_"), native])
            native = pl.when(native.str.contains("_", literal=True)).then(native).otherwise(joined)
    provisional = pl.concat_str([pl.lit("@"), handle.str.to_lowercase()])
    whose = pl.coalesce([account, provisional, pl.lit("unknown")])
    selected = frame.select(
        pl.concat_str([pl.lit(f"{platform}:"), pl.coalesce([native, in_link])]).alias("post_id"),
        pl.concat_str([pl.lit(f"{platform}:"), whose]).alias("account_id"),
        pl.coalesce([username, handle]).alias("handle"),
    )
    return {name: selected[name] for name in selected.columns}


def _plan(title: str, platform: str, metrics: Mapping[str, str], times: TimeRule, *, lifetime: bool = False) -> Plan:
    return Plan(
        title=title,
        stream=canonical.POSTS,
        fields={},
        metrics=metrics,
        times=times,
        platform=platform,
        names_posts=True,
        lifetime="Date" if lifetime else None,
        has_zone_option=lifetime,
    )


_META_TEXT = {
    "published_at": ("Publish time", "Publiceringstid"),
    "media_type": ("Post type", "Inläggstyp"),
    "permalink": ("Permalink", "Permalänk"),
}
_META_ID = ("Post ID", "Publicerings-id", "Inläggs-ID")
_PAGE_ID = ("Page ID", "Sid-id")
_ACCOUNT_ID = ("Account ID", "Konto-id")
_USERNAME = ("Account username", "Kontots användarnamn")

_PUBLISHER = {"published_at": ("Date",), "text": ("Content",), "permalink": ("Url",)}
_PUBLISHER_NEEDS = (("Date",), ("Content",), ("Url",), ("Created by",), ("Labels",))

EXPORTS: tuple[Export, ...] = (
    Export(
        plan=_plan("X Analytics, posts", "x", native_metrics.X_ANALYTICS, TimeRule(formats=("iso",))),
        names={"published_at": ("time",), "text": ("Tweet text",), "permalink": ("Tweet permalink",)},
        reads={"id": ("Tweet id",), "link": ("Tweet permalink",)},
        needs=(("Tweet id",), ("Tweet permalink",), ("time",), ("impressions",), ("engagements",)),
    ),
    Export(
        plan=_plan(
            "Meta Business Suite, Instagram", "instagram", native_metrics.META_INSTAGRAM, PACIFIC, lifetime=True
        ),
        names={**_META_TEXT, "text": ("Description", "Beskrivning")},
        reads={"id": _META_ID, "account": _ACCOUNT_ID, "username": _USERNAME},
        needs=(
            _META_ID,
            _ACCOUNT_ID,
            _USERNAME,
            _META_TEXT["published_at"],
            ("Likes", "Gilla-markeringar", "Reach", "Räckvidd"),
        ),
        without=_PAGE_ID,
    ),
    Export(
        plan=_plan("Meta Business Suite, Facebook", "facebook", native_metrics.META_FACEBOOK, PACIFIC, lifetime=True),
        names={**_META_TEXT, "text": ("Description", "Beskrivning", "Title", "Titel")},
        reads={"id": _META_ID, "account": _PAGE_ID},
        needs=(_META_ID, _PAGE_ID, _META_TEXT["published_at"], ("Reactions", "Reaktioner", "Reach", "Räckvidd")),
    ),
    Export(
        plan=_plan("Publishing tool, Facebook", "facebook", native_metrics.PUBLISHER_FACEBOOK, _PUBLISHER_TIME),
        names=_PUBLISHER,
        reads={"link": ("Url",)},
        needs=(*_PUBLISHER_NEEDS, ("Total reach",), ("Total impressions",)),
    ),
    Export(
        plan=_plan("Publishing tool, X", "x", native_metrics.PUBLISHER_X, _PUBLISHER_TIME),
        names=_PUBLISHER,
        reads={"link": ("Url",)},
        needs=(*_PUBLISHER_NEEDS, ("Reposts",), ("Quote posts",)),
    ),
    Export(
        plan=_plan("Publishing tool, YouTube", "youtube", native_metrics.PUBLISHER_YOUTUBE, _PUBLISHER_TIME),
        names=_PUBLISHER,
        reads={"link": ("Url",)},
        needs=(*_PUBLISHER_NEEDS, ("Subscribers gained",), ("Dislikes",)),
    ),
)


def recognise(header: Sequence[str]) -> Plan | None:
    """The plan of the first export whose header this is."""
    for export in EXPORTS:
        plan = export.recognise(header)
        if plan is not None:
            return plan
    return None
