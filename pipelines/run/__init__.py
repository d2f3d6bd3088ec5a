"""What `syfte` does, one module a command: the rooms are joined here, and nowhere else.

No Dagster but in `building`, which asks `defs` to materialise; no text layout: that is the CLI's. Names are loaded when
they are first used: `syfte sql` waits for DuckDB alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.run.archiving import Export, archive_export
    from pipelines.run.authorising import Refreshed, auth_refresh, auth_status
    from pipelines.run.backing_up import BackupReport, BackupStanding, backup
    from pipelines.run.budgeting import BudgetRow, plan_budget
    from pipelines.run.building import RunReport, rebuild, run_project
    from pipelines.run.checking import CheckRow, check_project
    from pipelines.run.coding import Sample, Scoring, draw_sample, score_sheets
    from pipelines.run.comparing import Comparison, compare
    from pipelines.run.demonstration import DemoReport, demo
    from pipelines.run.erasing import Erased, erase
    from pipelines.run.explaining import Explanation, explain
    from pipelines.run.exporting import Exported, export
    from pipelines.run.importing import ImportedFile, ImportReport, import_files
    from pipelines.run.initialise import init_project
    from pipelines.run.notifying import Notified, notify, tell_news
    from pipelines.run.planning import Plan, plan
    from pipelines.run.pulling import pull_all
    from pipelines.run.purging import Purged, purge
    from pipelines.run.pushing import Pushed, places, push_published
    from pipelines.run.quarantining import (
        Refused,
        RefusedRow,
        Replayed,
        quarantine,
        quarantined_row,
        replay_quarantine,
    )
    from pipelines.run.reading import Scorecard, open_published, scorecard
    from pipelines.run.reporting import EDITIONS, Report, report, report_after_run
    from pipelines.run.restoring import RestoreReport, restore, restore_on_trial
    from pipelines.run.shipping import (
        Fetched,
        Shipped,
        Written,
        fetch_landing,
        publish_to_objects,
        ship_landing,
        ship_what_landed,
    )
    from pipelines.run.standing import Gap, StatusReport, StreamStatus, see_incidents, status
    from pipelines.run.suggesting import Suggestions, suggest
    from pipelines.run.tagging import Tagged, tag_post, unmatched
    from pipelines.run.testing import Tested, quality, quality_history
    from pipelines.run.verifying import Verified, raise_for_problems, verify

__all__ = [
    "EDITIONS",
    "BackupReport",
    "BackupStanding",
    "BudgetRow",
    "CheckRow",
    "Comparison",
    "DemoReport",
    "Erased",
    "Explanation",
    "Export",
    "Exported",
    "Fetched",
    "Gap",
    "ImportReport",
    "ImportedFile",
    "Notified",
    "Plan",
    "Purged",
    "Pushed",
    "Refreshed",
    "Refused",
    "RefusedRow",
    "Replayed",
    "Report",
    "RestoreReport",
    "RunReport",
    "Sample",
    "Scorecard",
    "Scoring",
    "Shipped",
    "StatusReport",
    "StreamStatus",
    "Suggestions",
    "Tagged",
    "Tested",
    "Verified",
    "Written",
    "archive_export",
    "auth_refresh",
    "auth_status",
    "backup",
    "check_project",
    "compare",
    "demo",
    "draw_sample",
    "erase",
    "explain",
    "export",
    "fetch_landing",
    "import_files",
    "init_project",
    "notify",
    "open_published",
    "places",
    "plan",
    "plan_budget",
    "publish_to_objects",
    "pull_all",
    "purge",
    "push_published",
    "quality",
    "quality_history",
    "quarantine",
    "quarantined_row",
    "raise_for_problems",
    "rebuild",
    "replay_quarantine",
    "report",
    "report_after_run",
    "restore",
    "restore_on_trial",
    "run_project",
    "score_sheets",
    "scorecard",
    "see_incidents",
    "ship_landing",
    "ship_what_landed",
    "status",
    "suggest",
    "tag_post",
    "tell_news",
    "unmatched",
    "verify",
]

_HOMES = {
    "backing_up": ("BackupReport", "BackupStanding", "backup"),
    "reporting": ("EDITIONS", "Report", "report", "report_after_run"),
    "restoring": ("RestoreReport", "restore", "restore_on_trial"),
    "verifying": ("Verified", "raise_for_problems", "verify"),
    "archiving": ("Export", "archive_export"),
    "authorising": ("Refreshed", "auth_refresh", "auth_status"),
    "budgeting": ("BudgetRow", "plan_budget"),
    "building": ("RunReport", "rebuild", "run_project"),
    "coding": ("Sample", "Scoring", "draw_sample", "score_sheets"),
    "checking": ("CheckRow", "check_project"),
    "comparing": ("Comparison", "compare"),
    "demonstration": ("DemoReport", "demo"),
    "erasing": ("Erased", "erase"),
    "explaining": ("Explanation", "explain"),
    "exporting": ("Exported", "export"),
    "importing": ("ImportReport", "ImportedFile", "import_files"),
    "initialise": ("init_project",),
    "notifying": ("Notified", "notify", "tell_news"),
    "planning": ("Plan", "plan"),
    "purging": ("Purged", "purge"),
    "pulling": ("pull_all",),
    "pushing": ("Pushed", "places", "push_published"),
    "shipping": (
        "Fetched",
        "Shipped",
        "Written",
        "fetch_landing",
        "publish_to_objects",
        "ship_landing",
        "ship_what_landed",
    ),
    "quarantining": (
        "Refused",
        "RefusedRow",
        "Replayed",
        "quarantine",
        "quarantined_row",
        "replay_quarantine",
    ),
    "reading": ("Scorecard", "open_published", "scorecard"),
    "standing": ("Gap", "StatusReport", "StreamStatus", "see_incidents", "status"),
    "suggesting": ("Suggestions", "suggest"),
    "testing": ("Tested", "quality", "quality_history"),
    "tagging": ("Tagged", "tag_post", "unmatched"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
