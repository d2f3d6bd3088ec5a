"""Comments as LinkedIn lists them: two levels, urns that hold the activity, and members' urns for names."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.counters import Offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.elsewhere import Elsewhere
    from pipelines.sandbox.exchange import Served

_URN = re.compile(r"urn:li:comment:\(urn:li:activity:(\d+),(\d+)\)")


def comments(served: Served, ours: str, target: str, number_of: Callable[[str], int], now: int) -> list[dict[str, Any]]:
    """The comments below a post, or below a comment.

    Args:
        served: the world, and how comments are told: `linkedin_comments` of `Served`.
        ours: urn of the page.
        target: urn of the post or of the comment.
        number_of: finds a post that stands by its urn, or refuses.
        now: seconds UTC.
    """
    world = served.world.elsewhere
    nested = _URN.fullmatch(target)
    post = _post_of(world, nested[1]) if nested else target
    listed = world.comments_of(number_of(post), now)
    roots = {one.number: one for one in listed if one.parent is None}
    shown = listed
    if nested:
        shown = [one for one in listed if one.parent is not None and _id(roots, one) == nested[2]]
    elif served.linkedin_comments != "flat":
        shown = [one for one in listed if one.parent is None]
    below = Counter(one.root for one in listed if one.parent is not None)
    counts = below if served.linkedin_comments == "nested" else None
    activity = f"urn:li:activity:{post.rpartition(':')[2]}"
    return [_told(one, ours if one.is_ours else one.author_id, activity, _id(roots, one), counts) for one in shown]


def _id(roots: dict[int, Comment], one: Comment) -> str:
    return roots[one.root].native_id if one.root in roots else ""


def _post_of(world: Elsewhere, activity: str) -> str:
    return next((u for u in world.posts.native_ids if u.startswith("urn:li:") and u.endswith(f":{activity}")), "")


def _told(one: Comment, actor: str, activity: str, root: str, below: Counter[int] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": one.native_id, "actor": actor, "object": activity,
        "commentUrn": f"urn:li:comment:({activity},{one.native_id})",
        "created": {"actor": actor, "time": one.created_at * 1000}, "lastModified": {"time": one.created_at * 1000},
        "message": {"attributes": [], "text": one.text},
    }  # fmt: skip
    if one.parent is not None and root:
        told["parentComment"] = f"urn:li:comment:({activity},{root})"
    elif below is not None:
        count = below[one.number]
        told["commentsSummary"] = {"totalFirstLevelComments": count, "aggregatedTotalComments": count}
    return told


def metadata(world: Elsewhere, number: int, now: int) -> dict[str, Any]:
    """Reactions and comments of a post in a nutshell."""
    likes = int(world.shown(Offer("likes"), np.array([number]), np.array([now]))[0])
    listed = world.comments_of(number, now)
    return {
        "entity": world.posts.native_ids[number],
        "reactionSummaries": {"LIKE": {"reactionType": "LIKE", "count": likes}} if likes else {},
        "commentSummary": {"count": len(listed), "topLevelCount": sum(one.parent is None for one in listed)},
        "commentsState": "OPEN",
    }
