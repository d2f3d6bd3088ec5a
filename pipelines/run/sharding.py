"""Which accounts are read by which run, where pulls are spread over several machines (docs/cluster.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.goals import load_goals
from pipelines.run.pulling import accounts
from pipelines.settings import load_settings
from pipelines.sources.base import PullPlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.project import Project


def accounts_per_run(project: Project) -> int | None:
    """How many accounts a run reads; None where one run reads all, or the settings cannot be read."""
    try:
        return load_settings(project.root).accounts_per_run
    except ConfigurationError:  # told by whatever runs; the definitions must load
        return None


def accounts_by_source(project: Project) -> dict[str, list[str]]:
    """The accounts that are open, of every source that is switched on; none of a source that has no accounts.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong.
    """
    from pipelines.pull import PullReport, assign  # noqa: PLC0415  # opens the HTTP stack

    settings = load_settings(project.root)
    plan = PullPlan(now=settings.clock_now)
    work = assign(settings, accounts(load_goals(project.goals_path)), plan, None, PullReport(run_id=""))
    return {
        source.name: [] if source.platform is None else sorted(account.account_id for account in own)
        for source, own in work
    }


def runs_of(account_ids: Sequence[str], size: int) -> Iterator[tuple[str, str]]:
    """The first and the last account of each run, in the order given."""
    for start in range(0, len(account_ids), size):
        run = account_ids[start : start + size]
        yield run[0], run[-1]
