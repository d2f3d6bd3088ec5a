"""The definitions that `dg` and Dagster load: everything under `defs/`, and what an executor may not be set below."""

from __future__ import annotations

import warnings
from pathlib import Path

import dagster as dg

from pipelines import defs as defs_folder
from pipelines.defs.automation import with_freshness


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, jobs, schedules and resources.

    The steps of a run share one process, and so one connection: a process per step costs ten times the CPU and would
    open the warehouse for each model.
    """
    with warnings.catch_warnings():
        for kind in (dg.PreviewWarning, dg.BetaWarning, DeprecationWarning):  # of how Dagster itself reads defs/
            warnings.simplefilter("ignore", kind)
        found = with_freshness(_tree().build_defs())
    return dg.Definitions.merge(found, dg.Definitions(executor=dg.in_process_executor))


def _tree() -> dg.ComponentTree:
    """The tree of `defs/`, found by the package and not by a pyproject.toml: an institution has only the wheel."""
    return dg.ComponentTree.from_module(defs_module=defs_folder, project_root=Path(__file__).parent.parent)
