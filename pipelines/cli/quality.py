"""`syfte quality`: does the data hold what is expected of it?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.scorecard import day
from pipelines.cli.session import Session
from pipelines.cli.speaking import note
from pipelines.errors import CheckError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.quality import CheckResult, Standing

_OUTCOMES = {True: "holds", False: "does not hold", None: "could not be tested"}


def quality(
    context: typer.Context,
    *,
    test: Annotated[
        bool, typer.Option("--run", help="Test all that stands now, without building; waits for a run that writes.")
    ] = False,
    failing: Annotated[bool, typer.Option("--failing", help="Only what does not hold or could not be tested.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="The history instead: every test since that day.")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="The history instead, all of it.")] = False,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
) -> int:
    """Print what is expected of the data, and whether it holds.

    What does not hold comes first, with what it means and since when. The exit code is 10 while something does not hold
    that forbids publishing. Answers while a run writes.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    if since is not None or whole:
        if test or (since is not None and whole):
            raise UsageError(
                "These options do not go together.",
                where="syfte quality",
                do="Give one of --run, --since DATE and --all.",
            )
        tested = run.quality_history(project, since=day(since))
        shown = [(one.at, one.result) for one in tested if not failing or one.result.success is not True]
        formats.write(fmt, ["tested (UTC)", *_NAMES], [[_utc(fmt, at), *_row(result)] for at, result in shown])
        return 0
    with narrated() as on_event:
        found = run.quality(project, test_now=test, on_event=on_event)
    listed = [one for one in found if not failing or one.result.success is not True]
    rows = [
        [*_row(one.result, tested=one.tested_at is not None), _utc(fmt, one.since), _utc(fmt, one.tested_at)]
        for one in listed
    ]
    formats.write(fmt, [*_NAMES, "since (UTC)", "tested (UTC)"], rows)
    return _summed_up(found)


_NAMES = ["outcome", "severity", "looks at", "table", "expectation", "what it means"]


def _row(result: CheckResult, *, tested: bool = True) -> list[Any]:
    outcome = _OUTCOMES[result.success] if tested else "not tested yet"
    meaning = result.detail if tested else ""
    return [outcome, result.severity, result.kind, result.table, result.expectation, meaning or None]


def _utc(fmt: formats.Format, instant: dt.datetime | None) -> Any:  # noqa: ANN401  # text for people, else the instant
    if instant is None or fmt in ("json", "csv"):
        return instant
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M}"


def _summed_up(found: Sequence[Standing]) -> int:
    """Say in a line how it stands; the exit code."""
    failed = [one for one in found if one.result.success is False]
    broken = sum(one.result.severity == "error" for one in failed)
    untested = sum(one.result.success is None for one in found)
    newest = max((one.tested_at for one in found if one.tested_at), default=None)
    said = f"{len(found)} expectations, {len(failed)} do not hold"
    said += f", {broken} of them forbid publishing" if failed else ""
    said += f"; {untested} could not be tested, or were not yet" if untested else ""
    note(f"{said}. Newest test: {newest:%Y-%m-%d %H:%M} UTC." if newest else f"{said}.")
    return CheckError.exit_code if broken else 0
