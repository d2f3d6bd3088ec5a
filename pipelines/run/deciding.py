"""What the goal rules had said of a post whose text goes, kept as a decision: no KPI changes because it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.run.tagging import land
from pipelines.sources.files import canonical

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from pipelines.landing import Landing

_SERVED = """
    select post_id, goal_id, 'include' as decision, null::double as weight, $at::timestamptz as tagged_at
    from marts.fct_post_goal
    where list_contains($posts, post_id) and method <> 'manual'
    order by all
"""

_FROM_TEXT = """
    select
        post_id, account_id, published_at, null::varchar as text, media_type, null::varchar as permalink,
        ref_code, appeal_id, null::timestamptz as deleted_seen_at
    from marts.dim_post
    where list_contains($posts, post_id) and coalesce(ref_code, appeal_id) is not null and account_id is not null
    order by all
"""


def keep_what_rules_say(con: duckdb.DuckDBPyConnection, landing: Landing, post_ids: list[str], *, at: datetime) -> int:
    """Land, for posts about to lose their text, the goals it served and the appeal and short link found in it.

    Args:
        con: the writer's connection; the models are built.
        landing: where to.
        post_ids: the posts.
        at: when they became decisions, UTC.

    Returns:
        How many decisions were kept.
    """
    served = con.sql(_SERVED, params={"posts": post_ids, "at": at}).pl()
    if served.height:
        land(landing, canonical.POST_TAGS, served, at, "syfte erase")
    named = con.sql(_FROM_TEXT, params={"posts": post_ids}).pl()
    if named.height:
        land(landing, canonical.POSTS, named.cast({"deleted_seen_at": pl.Datetime("us", "UTC")}), at, "syfte erase")
    return served.height
