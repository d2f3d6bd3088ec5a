"""`syfte demo`: the whole way, on a simulated world."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.scorecard import Language, print_scorecard
from pipelines.cli.speaking import note
from pipelines.wording import preferred_language


def demo(
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="The demo's own folder; an earlier demo there is replaced.")
    ] = Path("data/demo"),
    lang: Annotated[Language | None, typer.Option(help="Language of the scorecard.")] = None,
) -> None:
    """Show the whole way on a simulated world; no token needed.

    Simulates institutions and their platforms, imports, pulls, builds, publishes, and prints the scorecard.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        report = run.demo(directory, on_event=on_event)
    print_scorecard(report.project, lang=lang)
    note(f"The published database is {report.run.published}.")
    if report.run.report_error is not None:
        raise report.run.report_error
    syfte = _command()
    shown = f"--project {directory}"
    note(f'Next: {syfte} sql {shown} "from published.goal_scorecard", or {syfte} status {shown}.')
    note(f"Your own institution: `{syfte} init DIR`, edit DIR/goals.yaml, then `{syfte} check --project DIR`.")
    for made in report.run.reports[:1]:
        note("The report, for your browser:")
        typer.echo(str(made.folder / (lang or preferred_language()) / "index.html"))


def _command() -> str:
    """What to type for `syfte` here: `make demo` runs without the environment on the PATH."""
    beside = Path(sys.executable).with_name("syfte")
    if shutil.which("syfte") or not beside.exists():
        return "syfte"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
