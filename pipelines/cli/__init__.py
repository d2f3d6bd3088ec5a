"""The `syfte` command: reads arguments, calls, prints. No logic of its own, and nothing heavy before it is needed.

Help and version are answered from stored text, because typer alone takes longer to import than a person waits for help;
`pipelines.cli.documentation` writes that text from the very same typer commands, and a test holds the two together.
"""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130
"""Exit code when the person pressed Ctrl-C."""

PIPE_CLOSED = 141
"""Exit code when the reader of our output has gone, as a shell would report it."""

RARELY = (200_000, 50, 50)
"""How often cycles are looked for: at Python's own rate that took a fifth of a run, most of it while importing."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None for those of the process.

    Returns:
        The exit code; see `pipelines.errors`.
    """
    given = sys.argv[1:] if arguments is None else arguments
    _write_utf8()
    gc.set_threshold(*RARELY)
    try:
        code = _dispatch(given)
        sys.stdout.flush()
    except KeyboardInterrupt:  # while typer is still being imported, or while the last output is written
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more when it ends, and would complain: give it somewhere to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return code


def _dispatch(given: list[str]) -> int:
    from pipelines.cli.stored_help import stored_answer  # noqa: PLC0415

    answer = stored_answer(given)
    if answer is not None:
        sys.stdout.write(answer)
        return 0
    from pipelines.cli.program import run_program  # noqa: PLC0415  # typer takes 80 ms

    return run_program(given)


def _write_utf8() -> None:
    """Labels hold å, ä and ö; a C locale or an old Windows console must not end a command for that."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", "") or "").lower().replace("-", "")
        if encoding != "utf8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]
