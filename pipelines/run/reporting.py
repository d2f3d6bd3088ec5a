"""`syfte report`: the published tables as a site of pages, in an edition for the institution and one for everybody."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from pipelines.errors import BusyError, ConfigurationError, ReportError, StorageError, SyfteError, UsageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing.writer import write_durably
from pipelines.locks import held
from pipelines.run.reading import open_published

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

Edition = Literal["report", "report-public"]

EDITIONS: tuple[Edition, ...] = ("report", "report-public")
"""Folders of `data/published`: everything the institution's own people may see, and what anybody may."""

_NEEDS = ("vl_convert", "jinja2")
_NOTES = "reports.json"
_PICTURES = "pictures.json"
_FRONT = "index.html"


@dataclass(frozen=True)
class Report:
    """A report that stands.

    Args:
        folder: where; `index.html` in it leads to both languages.
        is_new: it was made now; else what was there is what would have been made.
        pdfs: the printed pages.
    """

    folder: Path
    is_new: bool
    pdfs: tuple[Path, ...] = ()


def report(
    project: Project,
    *,
    editions: Sequence[Edition] = EDITIONS,
    to: Path | None = None,
    pdf: bool = False,
    on_event: OnEvent = silent,
) -> list[Report]:
    """Make the report of what was published last.

    Args:
        project: whose.
        editions: which.
        to: a folder to write one edition to, which may not hold anything but a report; None is `data/published`.
        pdf: print the first page in each language, too: `syfte-sv.pdf`, `syfte-en.pdf`.
        on_event: told of each edition.

    Returns:
        Each edition, in the order asked for.

    Raises:
        ConfigurationError: the extra `report` is not installed.
        UsageError: the folder holds something that is not a report.
        StorageError: nothing has been published, or a file is damaged or cannot be written.
        ReportError: there is no browser to print with, or it printed nothing.
    """
    require_extra()
    if to is not None and to.exists() and any(to.iterdir()) and not (to / _FRONT).is_file():
        raise UsageError("The folder holds something that is not a report.", where=str(to), do="Name another folder.")
    with open_published(project) as con, ExitStack() as stack:
        lock = project.data / "report.lock"
        try:
            stack.enter_context(held(lock, alone=True, wait_s=0, busy="Another process is making the report."))
        except BusyError as error:
            raise ReportError(error.what, where=str(project.published_dir), do="Wait for it to end.") from None
        # what asks for no report waits for none of it
        from pipelines.report.pictures import kept_pictures  # noqa: PLC0415
        from pipelines.report.unchanged import made_from  # noqa: PLC0415

        stack.enter_context(kept_pictures(project.data / _PICTURES))
        mark = f"{made_from(con)}{'-pdf' if pdf else ''}"
        return [_made(project, con, edition, to, mark=mark, pdf=pdf, on_event=on_event) for edition in editions]


def report_after_run(project: Project, *, on_event: OnEvent = silent) -> tuple[list[Report], ReportError | None]:
    """Make both editions of what has just been published; an error is given back, not raised: what is published stands.

    Without the extra `report` there is none, and one line says so.
    """
    try:
        require_extra()
    except ConfigurationError as error:
        on_event(Event("warning", "report", detail=f"{error.what} {error.do}"))
        return [], None
    try:
        return report(project, on_event=on_event), None
    except SyfteError as error:
        on_event(Event("failed", "report", detail=error.what))
        return [], ReportError(error.what, where=error.where, do=error.do)
    except Exception as error:  # noqa: BLE001  # a fault in a page must not make a run fail that has published
        on_event(Event("failed", "report", detail=type(error).__name__))
        return [], ReportError(
            f"The report could not be made ({type(error).__name__}); what was published stands.",
            where=str(project.published_dir / EDITIONS[0]),
            do="Run `syfte report --verbose` to see why, and report it.",
        )


def forget_pictures(project: Project) -> None:
    """Keep no picture of an earlier report, whatever becomes of the next one."""
    (project.data / _PICTURES).unlink(missing_ok=True)


def require_extra() -> None:
    """See that what draws and writes pages is installed.

    Raises:
        ConfigurationError: it is not.
    """
    if missing := [name for name in _NEEDS if find_spec(name) is None]:
        raise ConfigurationError(
            f"No report is made: {', '.join(missing)} is not installed.",
            where="the extra `report`",
            do="Install it with `pip install 'syfte[report]'`.",
        )


def _made(
    project: Project,
    con: duckdb.DuckDBPyConnection,
    edition: Edition,
    to: Path | None,
    *,
    mark: str,
    pdf: bool,
    on_event: OnEvent,
) -> Report:
    folder = to or project.published_dir / edition
    if to is None and _notes(project).get(edition) == mark and (folder / _FRONT).is_file():
        on_event(Event("skipped", edition, detail="nothing has changed"))
        return Report(folder, is_new=False, pdfs=tuple(sorted(folder.glob("*.pdf"))))
    on_event(Event("start", edition))
    from pipelines.report.making import report_files  # noqa: PLC0415  # what draws; a run with nothing new does without
    from pipelines.report.swapping import write_folder  # noqa: PLC0415  # as below

    files = report_files(con, public=edition == "report-public")
    try:
        write_folder(folder, files)
        if pdf:
            files |= _printed(folder)
            write_folder(folder, files)
    except OSError as error:
        raise StorageError(
            f"The report cannot be written: {error.strerror or error}",
            where=str(folder),
            do="Free space or mend the permissions and run `syfte report`; readers see the last good one.",
        ) from None
    if to is None:
        write_durably(project.data / _NOTES, json.dumps({**_notes(project), edition: mark}).encode())
    on_event(Event("done", edition, detail=f"{len(files)} files"))
    return Report(folder, is_new=True, pdfs=tuple(sorted(folder.glob("*.pdf"))))


def _printed(folder: Path) -> dict[str, bytes]:
    from pipelines.report.paper import print_pdf  # noqa: PLC0415

    return {f"syfte-{lang}.pdf": print_pdf(folder / lang / _FRONT) for lang in ("sv", "en")}


def _notes(project: Project) -> dict[str, str]:
    """What each edition that stands was made from; nothing, if that cannot be read: then it is made again."""
    try:
        return dict(json.loads((project.data / _NOTES).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
