"""An account that answers itself writes one post after another: which comments stand under which of them.

Platforms hand out the whole tree below a post. What hangs below a continuation of ours belongs to the continuation,
which is a post of its own and is asked for its own tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Knot:
    """One comment's place in a tree.

    Args:
        parent_id: what it answers; None where that is not told.
        is_ours: the account itself wrote it.
    """

    id: str
    parent_id: str | None
    is_ours: bool


def standing_under(root: str, knots: Iterable[Knot]) -> set[str]:
    """Ids of the comments that stand under a post itself.

    A continuation is a comment of ours that answers the post or another continuation. A comment whose parent is not in
    the tree, because it is gone, stands under the post.
    """
    by_id = {knot.id: knot for knot in knots}
    owners: dict[str, str] = {root: root}

    for start in by_id.values():
        path: list[Knot] = []
        place: Knot | None = start
        while place is not None and place.id not in owners and place not in path:
            path.append(place)
            place = by_id.get(place.parent_id or root)
        for knot in reversed(path):
            above = knot.parent_id if knot.parent_id in owners else root
            owner = owners[above]
            owners[knot.id] = knot.id if knot.is_ours and above == owner else owner
    return {one for one, owner in owners.items() if owner == root and one != root}
