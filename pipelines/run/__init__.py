"""What `syfte` does, one module a command: the rooms are joined here, and nowhere else.

No Dagster but in `building`, which asks `defs` to materialise; no text layout: that is the CLI's.
"""

from pipelines.run.building import RunReport, rebuild, run_project
from pipelines.run.checking import CheckRow, check_project
from pipelines.run.demo import demo
from pipelines.run.importing import ImportedFile, ImportReport, import_files
from pipelines.run.initialise import init_project
from pipelines.run.pulling import pull_all
from pipelines.run.reading import open_published, scorecard
from pipelines.run.status import StatusReport, status

__all__ = [
    "CheckRow",
    "ImportReport",
    "ImportedFile",
    "RunReport",
    "StatusReport",
    "check_project",
    "demo",
    "import_files",
    "init_project",
    "open_published",
    "pull_all",
    "rebuild",
    "run_project",
    "scorecard",
    "status",
]
