"""The expectation suites between the models and publishing."""

from __future__ import annotations

import dagster as dg

from pipelines.components.expectation_checks import expectation_checks
from pipelines.components.model_assets import WAREHOUSE_POOL
from pipelines.warehouse.build import load_models


@dg.definitions
def expectations() -> dg.Definitions:
    """One step for all suites."""
    return dg.Definitions(asset_checks=[expectation_checks(load_models(), pool=WAREHOUSE_POOL)])
