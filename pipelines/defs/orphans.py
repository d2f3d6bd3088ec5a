"""Ends the runs that a dead host left behind: `syfte serve` does, or `python -m pipelines.defs.orphans`.

After a power cut Dagster still calls a run STARTED whose process is gone, so it holds its pool and every later run
queues. While no daemon runs, all runs that are called live are orphans, but for those whose process outlived it.
"""

from __future__ import annotations

import logging

import dagster as dg

from pipelines.components.run_processes import process_of

_LIVE = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
_MESSAGE = "The process of this run died with its host; it was ended before the daemon started again."

log = logging.getLogger("syfte.orphans")


def end_orphans(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run that is called live as failed (or canceled, where that was asked for) and free its slots.

    Args:
        instance: of a deployment whose daemon is not running. A queued run is left alone: it has not begun.

    Returns:
        Ids of the runs ended.
    """
    if not isinstance(instance.run_launcher, dg.DefaultRunLauncher):
        return []  # a cluster's runs are not of this machine; their own launcher tells whether they live
    ended: list[str] = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=list(_LIVE))):
        if process_of(instance, run) == "alive":
            continue
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, message=_MESSAGE)
        else:
            instance.report_run_failed(run, message=_MESSAGE)
        if instance.event_log_storage.supports_global_concurrency_limits:
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def main() -> None:
    """End the orphans of the instance that `DAGSTER_HOME` names."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with dg.DagsterInstance.get() as instance:
        ended = end_orphans(instance)
    log.info("%d orphaned runs ended%s", len(ended), f": {', '.join(ended)}" if ended else "")


if __name__ == "__main__":
    main()
