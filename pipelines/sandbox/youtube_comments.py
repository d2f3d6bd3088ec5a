"""Comments as YouTube lists them: threads of one level, of whose answers a few stand in the thread itself."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any

from pipelines.sandbox.calendar import iso_z

if TYPE_CHECKING:
    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.elsewhere import Elsewhere

SHOWN_IN_THREAD = 1
"""How many answers a thread holds itself; the platform's bound is five, and it does not promise as many."""


def _keyed(comments: list[Comment]) -> dict[int, Comment]:
    """Comments by a number that is larger for newer ones."""
    return {comment.created_at * 1_000_000 + comment.number % 1_000_000: comment for comment in comments}


def threads_of(world: Elsewhere, number: int, now: int) -> dict[int, Comment]:
    """The first comments of a video's threads, by key."""
    return _keyed([comment for comment in world.comments_of(number, now) if comment.parent is None])


def of_thread(world: Elsewhere, parent: str, now: int) -> dict[int, Comment] | None:
    """The answers in a thread, by key; None if there is no such thread."""
    first = next(
        (
            comment
            for number, account in enumerate(world.posts.account.tolist())
            if world.accounts[account].platform == "youtube" and world.stands(number, now)
            for comment in world.comments_of(number, now)
            if comment.native_id == parent and comment.parent is None
        ),
        None,
    )
    return None if first is None else _keyed(_answers(world, first, now))


def _answers(world: Elsewhere, first: Comment, now: int) -> list[Comment]:
    return [c for c in world.comments_of(first.post, now) if c.root == first.number and c.parent is not None]


def thread_object(world: Elsewhere, first: Comment, now: int, *, html: bool) -> dict[str, Any]:
    """A thread with its first comment, how many answers it has, and some of them."""
    answers = _answers(world, first, now)
    body: dict[str, Any] = {
        "kind": "youtube#commentThread", "etag": f"t{first.number}", "id": first.native_id,
        "snippet": {
            "channelId": world.author(first.post).native_id, "videoId": world.post(first.post).native_id,
            "canReply": True, "isPublic": True, "totalReplyCount": len(answers),
            "topLevelComment": comment_object(world, first, html=html),
        },
    }  # fmt: skip
    if answers:
        shown = [comment_object(world, one, html=html) for one in answers[:SHOWN_IN_THREAD]]
        body["replies"] = {"comments": shown}
    return body


def comment_object(world: Elsewhere, comment: Comment, *, html: bool) -> dict[str, Any]:
    """One comment. An answer to an answer hangs below the thread all the same."""
    snippet: dict[str, Any] = {
        "channelId": world.author(comment.post).native_id, "videoId": world.post(comment.post).native_id,
        "textDisplay": escaping.escape(comment.text) if html else comment.text,
        "authorDisplayName": f"@{comment.author_handle}",
        "authorChannelUrl": f"http://www.youtube.com/@{comment.author_handle}",
        "authorChannelId": {"value": comment.author_id}, "canRate": True, "viewerRating": "none",
        "likeCount": comment.number % 3, "publishedAt": iso_z(comment.created_at),
        "updatedAt": iso_z(comment.created_at),
    }  # fmt: skip
    if comment.parent_id:
        root = next(one for one in world.conversation.ever(comment.post) if one.number == comment.root)
        snippet["parentId"] = root.native_id
    return {"kind": "youtube#comment", "etag": f"k{comment.number}", "id": comment.native_id, "snippet": snippet}
