"""Comments under a page's posts and its own answers. LinkedIn lets others' texts be kept for two days: we keep none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said, read_comments
from pipelines.sources.http import GoneError
from pipelines.sources.linkedin.restli import encoded
from pipelines.sources.linkedin.streams import COMMENTS, SOURCE
from pipelines.sources.stream import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.linkedin.restli import Api


class _Created(msgspec.Struct):
    time: int


class _Message(msgspec.Struct):
    text: str = ""


class _Summary(msgspec.Struct, rename="camel"):
    total_first_level_comments: int | None = None
    aggregated_total_comments: int | None = None


class _Comment(msgspec.Struct, rename="camel"):
    id: str
    actor: str
    created: _Created
    comment_urn: str | None = None
    parent_comment: str | None = None
    message: _Message | None = None


class _Outline(msgspec.Struct, rename="camel"):
    """As much of a comment as is needed to find the answers below it."""

    comment_urn: str | None = None
    parent_comment: str | None = None
    comments_summary: _Summary | None = None

    @property
    def may_have_answers(self) -> bool:
        summary = self.comments_summary or _Summary()
        counts = (summary.total_first_level_comments, summary.aggregated_total_comments)
        return counts == (None, None) or any(counts)


async def comment_pages(api: Api, posts: Iterable[str], pseudonyms: Pseudonyms) -> AsyncIterator[Page]:
    """Comments of each post, and the answers below each of them: LinkedIn has two levels, and no third.

    A post that is gone by now is passed over; its absence from the listing tells of it.
    """
    number = 0
    for post in posts:
        targets: list[tuple[str, str | None]] = [(post, None)]
        while targets:
            target, parent = targets.pop()

            def tell(comment: _Comment, post: str = post, parent: str | None = parent) -> Said:
                return _said(comment, post, parent, api.urn)

            try:
                async for reply, fresh, ended in api.all(f"/rest/socialActions/{encoded(target)}/comments", ""):
                    kept, rejected = read_comments(fresh, _Comment, tell, platform=SOURCE, pseudonyms=pseudonyms)
                    number += 1
                    yield Page(
                        stream=COMMENTS,
                        account_id=api.account_id,
                        rows=kept,
                        rejected=rejected,
                        fetched_at=reply.answered_at,
                        number=number,
                        complete=ended,
                        api_version_asked=api.version,
                    )
                    if parent is None:
                        targets += [(urn, urn) for urn in _answered(fresh)]
            except GoneError:
                continue


def _said(comment: _Comment, post: str, parent: str | None, ours: str) -> Said:
    return Said(
        id=comment.comment_urn or comment.id,
        post_id=post,
        parent_id=comment.parent_comment or parent,
        author_id=comment.actor,
        is_ours=comment.actor == ours,
        created_at=datetime.fromtimestamp(comment.created.time / 1000, UTC),
        text=comment.message.text if comment.message else "",
    )


def _answered(comments: list[msgspec.Raw]) -> list[str]:
    """Urns of comments that may have answers of their own to ask for.

    A list that holds answers already needs no further question; a comment that does not say how many it has is asked.
    """
    outlines: list[_Outline] = []
    for raw in comments:
        try:
            outlines.append(msgspec.json.decode(raw, type=_Outline))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # it has been set aside
    if any(outline.parent_comment for outline in outlines):
        return []
    return [outline.comment_urn for outline in outlines if outline.comment_urn and outline.may_have_answers]
