"""How many different people an account's posts of a month reach together: fewer than the sum, more than one post alone.

Every account has a crowd. A tenth of it are regulars, eight times as likely as the others to be reached by a post, and
posts reach people independently of each other. That gives the expected number of different people, which no sum of the
posts' own reaches can give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.sandbox.calendar import NEVER, Numbers, month_starts
from pipelines.sandbox.counters import level
from pipelines.sandbox.units import UNITS

if TYPE_CHECKING:
    from pipelines.sandbox.world import World

CROWD_PER_INHABITANT = 0.3
REGULARS, KEENNESS = 0.1, 8.0


def reached(reaches: Numbers, crowd: float) -> float:
    """Different people reached by posts of one account.

    Args:
        reaches: people each post reached.
        crowd: people the account can reach at all.
    """
    crowd = max(crowd, float(reaches.max(initial=0)))  # nobody reaches more people than there are
    people = np.array([REGULARS, 1 - REGULARS]) * crowd
    regulars = np.minimum(reaches * KEENNESS / (people * np.array([KEENNESS, 1.0])).sum(), 1.0)
    others = (reaches - people[0] * regulars) / people[1]  # where no regular is left, the rest are others
    missed = np.prod(1 - np.column_stack([regulars, others]), axis=0)
    return float((people * (1 - missed)).sum())


def monthly_reach(world: World) -> dict[str, dict[str, float]]:
    """Different people each account reached with the posts of each month of the study: account, then `2025-03`."""
    posts = world.posts
    everyone = np.arange(world.post_count)
    reach = np.floor(level(posts.counters, "reach", everyone, np.full(world.post_count, NEVER - 1)))
    month = np.searchsorted(month_starts(), posts.published, side="right")
    population = {unit.unit_id: unit.population for unit in UNITS}
    found: dict[str, dict[str, float]] = {}
    for account, mine in zip(world.accounts, world.posts_by_account, strict=True):
        crowd = population[account.unit_id] * CROWD_PER_INHABITANT
        of_month = {
            f"2025-{number:02}": reached(reach[mine[month[mine] == number]], crowd)
            for number in range(1, 13)
            if (month[mine] == number).any()
        }
        if of_month:
            found[account.account_id] = of_month
    return found
