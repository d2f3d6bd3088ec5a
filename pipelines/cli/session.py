"""What every command is given: the project it works in, and how to speak with the person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import typer

    from pipelines.project import Project


@dataclass(frozen=True)
class Session:
    """The global options.

    Args:
        start: the folder given with --project; None for the current one.
        verbose: log what happens, and show tracebacks.
    """

    start: Path | None = None
    verbose: bool = False

    @classmethod
    def of(cls, context: typer.Context) -> Session:
        """The session of a command's context."""
        return cast("Session", context.obj)

    @cached_property
    def project(self) -> Project:
        """The project: the nearest folder upwards that holds goals.yaml.

        Raises:
            UsageError: --project names no folder.
        """
        from pipelines.project import Project  # noqa: PLC0415

        if self.start is not None and not self.start.is_dir():
            raise UsageError(
                "There is no such folder.",
                where=f"--project {self.start}",
                do="Give the folder that holds goals.yaml, or make one with `syfte init`.",
            )
        return Project.find(self.start)
