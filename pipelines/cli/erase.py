"""`syfte erase`: what was asked to go goes from everything this project holds."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note, safe
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.run.erasing import Erased


class Kind(Enum):
    """What can be named."""

    post = "post"
    comment = "comment"
    author = "author"
    account = "account"


class Why(Enum):
    """Why something goes; one of a few words, because a free text could hold what was to go."""

    request = "request"
    deleted_on_platform = "deleted_on_platform"
    authorisation_withdrawn = "authorisation_withdrawn"
    disposal = "disposal"
    mistake = "mistake"


def erase(  # noqa: PLR0917  # typer passes them by name
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What is named.", show_default=False)],
    names: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="One or more ids, platform:native id. An author's is hashed and never kept."),
    ],
    reason: Annotated[Why, typer.Option("--reason", help="Why it goes.", show_default=False)],
    decision: Annotated[
        str, typer.Option("--decision", metavar="NUMBER", help="The decision's number in the institution's register.")
    ],
    content_only: Annotated[
        bool, typer.Option("--content", help="Of a post: only text and address; figures stay, and no KPI changes.")
    ] = False,
    no_archive: Annotated[
        bool, typer.Option("--no-archive", help="The decision says that no copy need be archived before.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
) -> None:
    """Take a post, a comment, a person's comments or an account out of everything that is kept.

    It goes from the landing, the warehouse, what readers see, old copies, coding sheets and backups. One row of
    published.erasure says when, why and how much, and not what. Killed at any moment, `syfte purge` ends it. Posts and
    accounts are official documents: first `syfte archive-export`, or --no-archive.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    if content_only and kind is not Kind.post:
        raise UsageError(f"A {kind.value} has no content of its own.", where="--content", do="Leave it out.")
    require_number(decision)
    with narrated() as on_event:
        erased = run.erase(
            Session.of(context).project,
            kind.value,
            names,
            reason=reason.value,
            decision=decision,
            scope="content" if content_only else "all",
            needs_archive=not no_archive,
            is_trial=dry_run,
            on_event=on_event,
        )
    _tell(erased)


def require_number(decision: str) -> None:
    """Refuse what is no number of a decision: a sentence could hold what was to go.

    Raises:
        UsageError: it is longer than 60 characters, or holds others than letters, digits, spaces and `.:/-`.
    """
    if not re.fullmatch(r"[\w .:/-]{1,60}", decision):
        raise UsageError(
            "That is no number of a decision.", where="--decision", do="Write, for example, --decision 'Dnr 2026-17'."
        )


def _tell(erased: Erased) -> None:
    proof = erased.erasure
    said = "would go" if erased.is_trial else "gone"
    typer.echo(f"{proof.rows} rows {said}, {proof.changed} blanked, in {len(proof.swaps)} landed files")
    for place, count in proof.counts.items():
        note(f"{place.replace('_', ' ')}: {count}")
    for path in erased.own_files:
        note(f"This file is yours and names it too; see to it yourself: {safe(str(path))}")
    if not erased.is_trial:
        note(f"The proof is the row {proof.erasure_id} of published.erasure.")
