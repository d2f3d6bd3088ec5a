"""A project directory: where an institution's goals, settings and data lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """One project directory.

    Args:
        root: the directory, absolute.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project a path belongs to: the nearest directory upwards with a `goals.yaml`, else the path itself.

        Args:
            start: None takes the directory that `SYFTE_PROJECT_DIR` names, else the current one.
        """
        if start is None and (named := os.environ.get("SYFTE_PROJECT_DIR")):
            return cls(Path(named).resolve())
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "goals.yaml").is_file():
                return cls(folder)
        return cls(here)

    @property
    def goals_path(self) -> Path:
        """The institution's goals."""
        return self.root / "goals.yaml"

    @property
    def expectations_dir(self) -> Path:
        """The institution's own expectations of the data; there need be none."""
        return self.root / "expectations"

    @property
    def data(self) -> Path:
        """Everything the product writes."""
        return self.root / "data"

    @property
    def landing_dir(self) -> Path:
        """Immutable pages and their manifest: the truth."""
        return self.data / "landing"

    @property
    def warehouse_path(self) -> Path:
        """The writer's database: a cache that the landing can make again."""
        return self.data / "warehouse.duckdb"

    @property
    def published_dir(self) -> Path:
        """What readers see."""
        return self.data / "published"

    @property
    def published_db(self) -> Path:
        """The readers' database."""
        return self.published_dir / "syfte.duckdb"

    @property
    def history_dir(self) -> Path:
        """Every scorecard that was published."""
        return self.published_dir / "history"
