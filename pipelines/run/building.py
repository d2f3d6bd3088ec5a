"""`syfte run` and `syfte rebuild`: from what has landed to what readers see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipelines.errors import SyfteError
from pipelines.events import Event, OnEvent, silent
from pipelines.incidents import set_aside_folder
from pipelines.landing import Publications
from pipelines.run.healing import set_aside
from pipelines.run.preparing import present

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipelines.project import Project
    from pipelines.pull import PullReport
    from pipelines.run.reporting import Report
    from pipelines.warehouse.build import Built


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Args:
        as_of: the instant the KPIs speak of, UTC.
        built: each model, built or up to date.
        published: the readers' database.
        pull: what the pull came to; None where no account is configured.
        pull_error: the error that the pull ended with, after everything that could be read had been published.
        push_error: the error that the push to PostgreSQL ended with; what is published here stands.
        ship_error: the error that shipping to the object store ended with; what landed and is published here stands.
        report_error: the error that making the report ended with; what is published stands.
        reports: the editions of the report that stand.
        set_aside: what a rebuild moved away.
    """

    as_of: datetime
    built: list[Built]
    published: Path
    pull: PullReport | None = None
    pull_error: SyfteError | None = None
    push_error: SyfteError | None = None
    ship_error: SyfteError | None = None
    report_error: SyfteError | None = None
    reports: list[Report] = field(default_factory=list["Report"])
    set_aside: list[Path] = field(default_factory=list["Path"])


def run_project(
    project: Project,
    *,
    on_event: OnEvent = silent,
    pull: bool = True,
    read_all: bool = False,
    full: bool = False,
    push: bool = True,
    report: bool = True,
) -> RunReport:
    """Pull, load, build, check and publish, to PostgreSQL and object storage too, if set; then make the report.

    A source that fails does not keep the others' numbers from being published: its error comes back in the report.

    Args:
        project: whose run it is.
        on_event: told about each step.
        pull: False to build from what has landed already.
        read_all: read everything in the window, also what the schedule says is not due yet.
        full: build every model, also those that are up to date.
        push: False keeps it from SYFTE_POSTGRES_URL, SYFTE_LANDING_URL and SYFTE_PUBLISHED_URL.
        report: False leaves the report as it was.

    Raises:
        ConfigurationError: goals.yaml, a file of expectations/ or a setting is wrong; nothing was read or written.
        CheckError: a model or an expectation does not hold; readers keep the last good state.
        BusyError: another process writes the warehouse.
        StorageError: a file is damaged or the disk is full.
    """
    from pipelines.defs.in_process import materialize_build  # noqa: PLC0415  # dagster costs over a second to import
    from pipelines.goals import load_goals  # noqa: PLC0415
    from pipelines.quality.own import own_suites  # noqa: PLC0415
    from pipelines.run.pulling import pull_all  # noqa: PLC0415
    from pipelines.run.pushing import push_after_run  # noqa: PLC0415
    from pipelines.run.reporting import report_after_run  # noqa: PLC0415
    from pipelines.run.shipping import catch_up, ship_after_run, ship_what_landed  # noqa: PLC0415

    load_goals(project.goals_path)
    own_suites(project.expectations_dir)
    pulled: PullReport | None = None
    error: SyfteError | None = None
    if pull:
        pulled = pull_all(project, read_all=read_all, on_event=on_event)
        try:
            pulled.raise_for_errors()
        except SyfteError as raised:
            error = raised
            on_event(Event("failed", "pull", detail=raised.what))
        if push:
            ship_what_landed(project, on_event=on_event)  # whatever becomes of the build; told again after it
    else:
        catch_up(project, on_event=on_event)
    built = materialize_build(project, on_event=on_event, force=full, as_of=present(project))
    as_of = Publications(project.landing_dir).all()[-1].as_of
    push_error = push_after_run(project, on_event=on_event)[1] if push else None
    ship_error = ship_after_run(project, on_event=on_event) if push else None
    reports, report_error = report_after_run(project, on_event=on_event) if report else ([], None)
    return RunReport(as_of, built, project.published_db, pulled, error, push_error, ship_error, report_error, reports)


def rebuild(project: Project, *, on_event: OnEvent = silent) -> RunReport:
    """Set the warehouse aside and make it again from the landing.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong; the warehouse was not touched.
        StorageError: a landed file is damaged or gone.
    """
    from pipelines.goals import load_goals  # noqa: PLC0415
    from pipelines.quality.own import own_suites  # noqa: PLC0415

    load_goals(project.goals_path)
    own_suites(project.expectations_dir)
    moved = set_aside(project, set_aside_folder(project.data))
    for path in moved:
        on_event(Event("progress", "rebuild", detail=f"set aside {path.relative_to(project.root)}"))
    report = run_project(project, on_event=on_event, pull=False, full=True)
    return replace(report, set_aside=moved)
