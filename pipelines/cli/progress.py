"""Long work, told while it goes on: bars where a person looks, plain lines in logs and pipes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.cli.speaking import console, note, safe

if TYPE_CHECKING:
    from collections.abc import Generator

    from rich.progress import Progress, TaskID

    from pipelines.events import Event, OnEvent

_MARKS = {"done": "done", "skipped": "skipped", "warning": "warning", "failed": "failed"}


@contextmanager
def narrated() -> Generator[OnEvent]:
    """A listener for events that lives as long as the work; speaks on stderr."""
    if not sys.stderr.isatty():
        yield plain
        return
    from rich.progress import (  # noqa: PLC0415  # 60 ms
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(sys.stderr),
        transient=True,
    )
    try:
        yield Bars(bars)
    finally:
        bars.stop()


def plain(event: Event) -> None:
    """One line for each thing that is over, or that has something to say."""
    mark = _MARKS.get(event.kind)
    if mark is None and (event.kind != "progress" or not event.detail or event.total is not None):
        return
    note(_line(mark or "note", event))


class Bars:
    """One bar for each thing under way, and a line above for each that is over."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        """Draw an event; the first one makes the bars appear."""
        self._bars.start()
        if event.kind in ("start", "progress"):
            task = self._tasks.get(event.name)
            if task is None:
                task = self._tasks[event.name] = self._bars.add_task(safe(event.name), total=event.total)
            self._bars.update(task, total=event.total, completed=event.done)
        if event.kind in ("done", "skipped", "failed"):
            task = self._tasks.pop(event.name, None)
            if task is not None:
                self._bars.remove_task(task)
        if event.kind in _MARKS:
            self._bars.console.print(safe(_line(_MARKS[event.kind], event)), soft_wrap=True)


def _line(mark: str, event: Event) -> str:
    return f"{mark:<8} {event.name}" + (f": {event.detail}" if event.detail else "")
