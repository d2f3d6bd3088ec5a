"""`syfte notify`: tell what is new by mail and to a webhook, or only look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines.cli.session import Session
from pipelines.cli.speaking import complain, note
from pipelines.wording import Language, preferred_language

if TYPE_CHECKING:
    from pipelines.notices.digest import Digest

Form = Literal["text", "markdown", "html", "slack", "teams"]


def notify(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print it; send nothing and remember nothing.")] = False,
    fmt: Annotated[Form, typer.Option("--format", help="How --dry-run prints it; slack and teams as JSON.")] = "text",
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Language of --dry-run. Default: the terminal's.", metavar="sv|en")
    ] = None,
) -> None:
    """Tell what is new: a changed verdict, a stale source, a token or metric that ends.

    Quiet when there is nothing new. Each thing is told once, and again only if it has been well in between.
    `syfte run` does this after each run, and Dagster's sensor every quarter of an hour, where a mail address or a
    webhook is set (docs/notices.md).
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.notify(Session.of(context).project, is_trial=dry_run)
    for channel, digest in found.digests.items():
        if not digest.notices:
            note(f"{channel}: nothing new.")
        elif dry_run:
            note(f"{channel}: {len(digest.notices)} new things; nothing was sent.")
            typer.echo(_printed(digest, fmt, lang or preferred_language()), nl=False)
        elif channel in found.sent:
            note(f"{channel}: {len(digest.notices)} new things told.")
    if not found.digests:
        note("Another process is telling it.")
    for error in found.errors[1:]:
        complain(error)
    if found.errors:
        raise found.errors[0]


def _printed(digest: Digest, fmt: Form, lang: Language) -> str:
    from pipelines.notices import rendering  # noqa: PLC0415  # only where it prints

    if fmt in ("slack", "teams"):
        import json  # noqa: PLC0415

        return json.dumps(rendering.as_webhook(digest, lang, fmt), indent=2) + "\n"
    return {"text": rendering.as_text, "markdown": rendering.as_markdown, "html": rendering.as_html}[fmt](digest, lang)
