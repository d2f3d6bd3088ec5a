"""Replies to posts on X: found by the conversation they stand in, or because they mention an account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.sandbox.calendar import DAY, instant, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.units import Account
    from pipelines.sandbox.world import World

SEARCHED = 7 * DAY
"""How far back the recent search looks."""
LONGEST_QUERY = 512
NEWEST_MENTIONS = 800
_TERM = re.compile(r"conversation_id:([0-9]+)")
_FILLING = re.compile(r"[()\s]|\bOR\b|\bis:reply\b|-is:retweet\b")


def found_by(query: str, world: World, now: int) -> list[Comment] | None:
    """Replies of the last seven days in the conversations that a query names; None if it asks for more than those.

    Args:
        query: `conversation_id:1`, or several with `OR` between them and parentheses around.
        world: where.
        now: the world's instant.
    """
    ids = _TERM.findall(query)
    if not ids or len(query) > LONGEST_QUERY or _FILLING.sub("", _TERM.sub("", query)):
        return None
    posts = [world.posts_by_id[f"x:{one}"] for one in ids if f"x:{one}" in world.posts_by_id]
    return [c for post in posts for c in world.comments_of(post, now) if c.created_at > now - SEARCHED]


def mentions_of(world: World, account: Account, now: int) -> list[Comment]:
    """What people wrote under an account's posts, the newest 800."""
    said = [
        comment
        for post in whole(world.posts_by_account[account.number])
        for comment in world.comments_of(post, now)
        if not comment.is_ours
    ]
    return sorted(said, key=lambda comment: -comment.created_at)[:NEWEST_MENTIONS]


def reply_object(
    comment: Comment, *, root: str, owner: Account, named: Callable[[str], str], fields: set[str]
) -> dict[str, Any]:
    """A reply with the fields asked for.

    Args:
        comment: what it says.
        root: id of the post that the conversation began with.
        owner: who wrote that post.
        named: a field's name in the vocabulary of the request.
        fields: those asked for.
    """
    values: dict[str, Any] = {
        "author_id": comment.author_id,
        "created_at": instant(comment.created_at).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "lang": "sv",
        "conversation_id": root,
        "in_reply_to_user_id": owner.native_id,
        named("referenced_posts"): [{"type": "replied_to", "id": comment.parent_id or root}],
        "public_metrics": {
            named("repost_count"): 0, "reply_count": 0, "like_count": comment.number % 3, "quote_count": 0,
            "bookmark_count": 0, "impression_count": 20,
        },
    }  # fmt: skip
    text = f"@{owner.handle} {comment.text}"
    body: dict[str, Any] = {
        "id": comment.native_id, "text": text, named("edit_history_post_ids"): [comment.native_id],
    }  # fmt: skip
    return body | {name: value for name, value in values.items() if name in fields}


def users_of(comments: list[Comment]) -> list[dict[str, str]]:
    """Who wrote them, once each."""
    people = {c.author_id: {"id": c.author_id, "name": c.author_name, "username": c.author_handle} for c in comments}
    return list(people.values())
