"""Component types of this project: what a `defs.yaml` may name."""

from pipelines.components.sql_models import SqlModels

__all__ = ["SqlModels"]
