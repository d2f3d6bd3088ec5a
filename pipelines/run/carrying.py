"""The engine that the settings name: DuckDB builds every model, or Spark those whose query it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.settings import load_settings
from pipelines.spark_settings import RUN_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.project import Project
    from pipelines.settings import Settings
    from pipelines.spark.models import Engine
    from pipelines.warehouse.model import Model


class Carrier:
    """What one run's models are built with.

    Args:
        project: whose settings say it; they are read when the first model is built.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._engine: Engine | None = None
        self._asked = False

    def carried(self, model: Model) -> Model:
        """The model as it is to be built.

        Raises:
            ConfigurationError: the engine is Spark, and where it is is not said.
        """
        if not self._asked:
            self._engine = engine_of(self._project)
            self._asked = True
        return model if self._engine is None else self._engine.carried(model)

    def all_carried(self, models: Mapping[str, Model]) -> dict[str, Model]:
        """Models as they are to be built, in the order given."""
        return {name: self.carried(model) for name, model in models.items()}

    def close(self) -> None:
        """End what was opened for the models."""
        if self._engine is not None:
            self._engine.close()


def engine_of(project: Project) -> Engine | None:
    """The engine besides DuckDB that the settings name; None for DuckDB alone, and nothing of it is imported then.

    Raises:
        ConfigurationError: the engine is Spark, and where it is is not said.
    """
    settings = load_settings(project.root)
    if settings.engine == "duckdb":
        return None
    if settings.spark.remote is None:
        raise ConfigurationError(
            "The engine is Spark, but its address is not set.",
            where=settings.origin_of("SYFTE_ENGINE"),
            do="Set SYFTE_SPARK__REMOTE=sc://host:15002 (docs/spark.md), or SYFTE_ENGINE=duckdb.",
        )
    from pipelines.spark.models import Engine  # noqa: PLC0415  # only where it is the engine

    return Engine(settings.spark.remote.get_secret_value(), _folder(project, settings))


def left_behind(project: Project) -> list[Path]:
    """Folders of tables that a killed run had handed over. Only the writer of the warehouse may ask."""
    return sorted(_folder(project, load_settings(project.root)).glob(f"{RUN_FOLDER}*"))


def _folder(project: Project, settings: Settings) -> Path:
    return project.root / settings.spark.folder if settings.spark.folder else project.data / "spark"
