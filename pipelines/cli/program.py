"""The typer program: global options, commands, and what becomes of errors."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated, Any

import typer

from pipelines import __version__
from pipelines.cli import (
    INTERRUPTED,
    PIPE_CLOSED,
    archive_export,
    auth,
    backup,
    check,
    compare,
    demo,
    erase,
    experiment,
    explain,
    export,
    import_files,
    init,
    landing,
    notify,
    plan,
    publish,
    pull,
    purge,
    quality,
    quarantine,
    rebuild,
    report,
    revisions,
    run,
    sandbox,
    scorecard,
    serve,
    sql,
    status,
    tag,
    tags,
)
from pipelines.cli.session import Session
from pipelines.cli.speaking import complain
from pipelines.errors import StorageError, SyfteError, UsageError, healed

app = typer.Typer(
    name="syfte",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"terminal_width": 100, "max_content_width": 100},
)

for name, command in (
    ("init", init.init),
    ("check", check.check),
    ("pull", pull.pull),
    ("import", import_files.import_files),
    ("run", run.run),
    ("plan", plan.plan),
    ("scorecard", scorecard.scorecard),
    ("report", report.report),
    ("explain", explain.explain),
    ("revisions", revisions.revisions),
    ("compare", compare.compare),
    ("status", status.status),
    ("quality", quality.quality),
    ("notify", notify.notify),
    ("tag", tag.tag),
    ("sql", sql.sql),
    ("export", export.export),
    ("publish", publish.publish),
    ("backup", backup.backup),
    ("restore", backup.restore),
    ("verify", backup.verify),
    ("serve", serve.serve),
    ("sandbox", sandbox.sandbox),
    ("demo", demo.demo),
    ("rebuild", rebuild.rebuild),
    ("archive-export", archive_export.archive_export),
    ("erase", erase.erase),
    ("purge", purge.purge),
):
    app.command(name)(command)
app.add_typer(auth.app, name="auth")
app.add_typer(tags.app, name="tags")
app.add_typer(landing.app, name="landing")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(experiment.app, name="experiment")


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syfte {__version__}")
        raise typer.Exit


@app.callback()
def syfte(
    context: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The project's folder. Default: the nearest one upwards with a goals.yaml."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Tell what happens step by step, and show tracebacks.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Does this presence serve its purpose? Goal-driven engagement analytics for public institutions.

    Begin with `syfte demo`, or with `syfte init DIR`. Global options may stand before or after the command.
    Exit codes: 0 success, 1 unforeseen, 2 usage, 3 storage, 4 configuration, 5 credentials, 6 source, 7 deferred,
    8 input, 9 quarantine, 10 check, 11 busy, 12 report, 130 interrupted (docs/errors.md).
    """
    del version
    context.obj = Session(start=project, verbose=verbose)
    _log(verbose=verbose)


def run_program(given: list[str]) -> int:
    """Run a command and turn whatever it raises into a message and an exit code.

    A damaged file that was met on the way ends every command with its own code, whatever else became of it.
    """
    healed.clear()
    code = _run(given)
    for error in healed:
        complain(error)
    return StorageError.exit_code if healed else code


def _run(given: list[str]) -> int:
    arguments = _global_options_first(given)
    try:
        return _code_of(app(arguments, prog_name="syfte", standalone_mode=False))
    except SyfteError as error:
        complain(error)
        return error.exit_code
    except typer.TyperException as error:
        usage = UsageError(error.format_message(), where=_shown(given), do=_advice(error))
        complain(usage)
        return usage.exit_code
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    except SystemExit:
        # typer ends the process by itself only when the reader of our output has gone
        return PIPE_CLOSED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  # the last resort: a person gets words, not a traceback
        return _unforeseen(error, verbose="--verbose" in arguments)


def _code_of(result: Any) -> int:  # noqa: ANN401  # typer hands back whatever the command does
    if result == INTERRUPTED:
        sys.stderr.write("Interrupted.\n")
    return result if isinstance(result, int) else 0


def _unforeseen(error: Exception, *, verbose: bool) -> int:
    if verbose:
        import traceback  # noqa: PLC0415

        traceback.print_exception(error)
    complain(
        SyfteError(
            f"Something happened that was not foreseen ({type(error).__name__}).",
            do="Report it with what is shown above."
            if verbose
            else "Run the same command with --verbose to see what, and report it.",
        )
    )
    return SyfteError.exit_code


def _global_options_first(given: list[str]) -> list[str]:
    """Move `--project DIR` and `--verbose` before the command, so that they may stand anywhere."""
    first: list[str] = []
    rest: list[str] = []
    waiting = list(given)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument == "--project" and waiting:
            first += [argument, waiting.pop(0)]
        elif argument == "--verbose" or argument.startswith("--project="):
            first.append(argument)
        else:
            rest.append(argument)
    return first + rest


def _shown(given: list[str]) -> str:
    import re  # noqa: PLC0415  # what only a mistake needs
    import shlex  # noqa: PLC0415

    from pipelines.sources.redaction import MASK, REDACTION  # noqa: PLC0415

    # whatever stands before the last @ of an address: a password that is badly quoted may hold anything
    plain = [re.sub(r"(?<=://).*@", f"{MASK}@", argument) for argument in given]
    return REDACTION.clean(f"syfte {shlex.join(plain)}")


def _advice(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "syfte"
    return f"Run `{path} --help` to see what it takes."


def _log(*, verbose: bool) -> None:
    import logging  # noqa: PLC0415

    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
    )
