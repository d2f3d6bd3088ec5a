"""`syfte tag`: a person decides which goal a post serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.session import Session
from pipelines.cli.speaking import note, safe
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.sources.files.canonical import TagDecision


def tag(  # noqa: PLR0917  # typer passes them by name
    context: typer.Context,
    post: Annotated[str, typer.Argument(metavar="POST", help="The post's id, platform:native id.")],
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="The goal's id in goals.yaml.")],
    weight: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Part of the post that serves the goal. Default: the goal's.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Say that the post does not serve the goal.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said; the rules decide again.")] = False,
) -> None:
    """Say that a post serves a goal, whatever the rules say.

    For many posts, import a table with the columns post_id, goal_id, decision. Who decided is not stored.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    if remove and undo:
        raise UsageError("--remove and --undo say different things.", where="syfte tag", do="Give one of them.")
    decision: TagDecision = "exclude" if remove else "withdrawn" if undo else "include"
    tagged = run.tag_post(Session.of(context).project, post, goal, decision, weight=weight)
    said = {"include": "serves", "exclude": "does not serve", "withdrawn": "is for the rules to match with"}[decision]
    typer.echo(safe(f"{tagged.post_id} {said} {tagged.goal_id}"))
    note("The numbers follow at the next run. Next: `syfte run --no-pull`.")
