"""What the assets of one run share: the project, the clock, and one connection, opened when first used."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

import dagster as dg

from pipelines.events import Event, OnEvent, silent
from pipelines.run.carrying import Carrier
from pipelines.run.healing import WarehouseHold
from pipelines.sources.redaction import no_secret_leaves
from pipelines.warehouse.build import build_all, load_models, said_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime
    from types import TracebackType

    import duckdb

    from pipelines.project import Project
    from pipelines.warehouse.build import Built

T = TypeVar("T")

RESOURCE = "warehouse"
"""The resource's name: a parameter of every asset that touches the database."""

LOCK_WAIT_S = 600.0
"""How long a run waits for a `syfte` command that holds the warehouse, seconds: longer than most imports take."""


class WarehouseRun:
    """One run's hold on the warehouse.

    The file is opened by the first asset that needs it, so that pulls never keep others out, and closed with the run,
    also after an error: an exception's traceback would keep the connection, and so the file's lock, alive.

    Args:
        project: whose warehouse.
        now: the instant the KPIs are computed for, asked once, when the first asset wants it; UTC.
        force: build every model, also those that are up to date.
        on_event: told about each step.
        models: how many models the run builds, for the events; None where nobody knows.
        wait_s: how long to wait for another writer, seconds.
    """

    def __init__(
        self,
        project: Project,
        now: Callable[[], datetime],
        *,
        force: bool = False,
        on_event: OnEvent = silent,
        models: int | None = None,
        wait_s: float = LOCK_WAIT_S,
    ) -> None:
        self.project = project
        self.force = force
        self.on_event = on_event
        self.built: list[Built] = []
        self._now = now
        self._models = models
        self.carrier = Carrier(project)
        self._hold = WarehouseHold(project, wait_s=wait_s, on_event=on_event)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.carrier.close()
        self._hold.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The writer's connection; a damaged database is healed before. Do not keep it: see `do`.

        Raises:
            BusyError: another process still holds the file after the wait.
            StorageError: the file cannot be opened, for a reason other than damage.
        """
        return self._hold.connection

    def do(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Do some of the run's work; if it meets damage, make what it rests on anew and do it once more.

        No exception that leaves it holds a secret: Dagster writes down what a step ends with.
        """
        with no_secret_leaves():
            return self._hold.do(work, refill=self._refill)

    def _refill(self, con: duckdb.DuckDBPyConnection) -> None:
        """Load, configure and build everything: the steps before this one did so in a file that is set aside."""
        from pipelines.run.preparing import prepare  # noqa: PLC0415  # opens more rooms than the definitions need

        prepare(con, self.project, as_of=self.as_of, on_event=self.on_event)
        build_all(con, self.carrier.all_carried(load_models()), on_event=self.on_event)

    @cached_property
    def as_of(self) -> datetime:
        """The instant the KPIs are computed for, UTC; the same for the whole run."""
        return self._now()

    def tell_of(self, name: str, work: Callable[[], Built]) -> Built:
        """Build a model and tell about it, before and after."""
        done = len(self.built)
        self.on_event(Event("start", name, done, self._models))
        result = work()
        self.built.append(result)
        self.on_event(Event("done" if result.is_new else "skipped", name, done + 1, self._models, said_of(result)))
        return result


def warehouse_resource(open_run: Callable[[dg.InitResourceContext], WarehouseRun]) -> dg.ResourceDefinition:
    """The warehouse as a Dagster resource that lasts as long as the run.

    Args:
        open_run: makes the run's hold; the resource's config says `force`.
    """

    @contextmanager
    def held(context: dg.InitResourceContext) -> Generator[WarehouseRun]:
        with open_run(context) as run:
            yield run

    return dg.ResourceDefinition(
        resource_fn=held,
        config_schema={
            "force": dg.Field(bool, default_value=False, description="Build also the models that are up to date.")
        },
        description="The warehouse's one writer, opened when an asset first needs it and closed with the run.",
    )
