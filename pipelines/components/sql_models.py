"""The `SqlModels` component: one Dagster asset for every model, and the readers' database that comes of them."""

from __future__ import annotations

import dagster as dg

from pipelines.components.model_assets import WAREHOUSE_POOL, model_asset, readers_database
from pipelines.warehouse.build import load_models


class SqlModels(dg.Component, dg.Model, dg.Resolvable):
    """One asset per model of `sql/` and of `warehouse/python_models.py`, and `published/database` after them.

    Dependencies, descriptions, columns and checks come from the models themselves; there is nothing to say twice.

    Args:
        pool: the pool of which every asset takes a slot, because DuckDB has one writer.
    """

    pool: str = WAREHOUSE_POOL

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Make the assets.

        Raises:
            ConfigurationError: the models do not fit together.
        """
        del context
        models = load_models()
        made = [model_asset(model, models, pool=self.pool) for model in models.values()]
        return dg.Definitions(assets=[*made, readers_database(models, pool=self.pool)])
