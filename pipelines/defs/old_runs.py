"""Takes runs that are over, and their events, out of Dagster's own books."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def delete_runs(home: Path, before: datetime, *, is_trial: bool = False) -> int:
    """Delete every run that is over and was made before an instant.

    Args:
        home: the project's folder, which holds dagster.yaml.
        before: UTC.
        is_trial: only count them.
    """
    here = os.open(".", os.O_RDONLY)
    os.chdir(home)  # the paths in dagster.yaml are relative to it
    try:
        with dg.DagsterInstance.from_config(str(home)) as instance:
            found = instance.get_runs(filters=dg.RunsFilter(statuses=list(_OVER), created_before=before))
            for run in () if is_trial else found:
                instance.delete_run(run.run_id)
            return len(found)
    finally:
        os.fchdir(here)
        os.close(here)
