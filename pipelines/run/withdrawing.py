"""Posts whose text must go because their platform says so: deleted there, or read without their owner's leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.settings import load_settings

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from pipelines.project import Project
    from pipelines.run.retaining import Rule

CLASSES = ("deleted_posts", "unauthorised")
"""Classes of data whose content goes post by post."""

_GONE = """
    select gone.post_id
    from marts.fct_post_gone as gone
    inner join marts.dim_post as posts on gone.post_id = posts.post_id
    where posts.platform = $platform and gone.gone_at <= $until and nullif(posts.text, '') is not null
    order by all
"""

_NOT_READ_SINCE = """
    select posts.post_id
    from marts.dim_post as posts
    inner join marts.fct_post_snapshot as readings on posts.post_id = readings.post_id
    where posts.platform = $platform and nullif(posts.text, '') is not null
    group by posts.post_id
    having max(readings.observed_at) <= $until
    order by all
"""


def withdrawn(con: duckdb.DuckDBPyConnection, project: Project, rule: Rule, until: datetime) -> list[str]:
    """Posts that still have their text though a rule's time is over; none where it does not concern the project.

    Args:
        con: the writer's connection; the models are built.
        project: whose settings say whether YouTube is read with an owner's token.
        rule: one of `CLASSES`.
        until: what was deleted, or read last, by then, UTC.
    """
    if rule.name == "unauthorised" and _has_authorisation(project):
        return []
    query = _GONE if rule.name == "deleted_posts" else _NOT_READ_SINCE
    return [row[0] for row in con.execute(query, {"platform": rule.platform, "until": until}).fetchall()]


def _has_authorisation(project: Project) -> bool:
    """Whether YouTube's figures are read with an owner's token, and not with a key alone."""
    section = load_settings(project.root).youtube
    held = ("token", "tokens", "refresh_token", "refresh_tokens")
    return section is not None and any(getattr(section, name, None) for name in held)
