"""Models that SQL cannot say: a function from named tables to one frame, with the same contract as a SQL model.

The function's docstring is the header. It gets each input as a Polars frame, keyed by the table's name, and gives back
a frame; the table gets the contract's columns in the contract's order. It reads and writes nothing itself.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.warehouse import (
    causal_models,
    coding_models,
    disclosure_models,
    estimates,
    response_models,
    survey_models,
    tips_models,
)
from pipelines.warehouse.model import Contract, build_checked, read_contract

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb
    import polars as pl

_STATISTICS = Path(__file__).resolve().parent.parent / "statistics"


@dataclass(frozen=True)
class PythonModel:
    """A model written in Python; the counterpart of `SqlModel`.

    Args:
        name: the table, schema included.
        inputs: tables it reads, schema included.
        function: input frames by table name -> the table's rows.
    """

    name: str
    inputs: tuple[str, ...]
    function: Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]

    @property
    def contract(self) -> Contract:
        """What the table promises: the function's docstring.

        Raises:
            ConfigurationError: the docstring is missing or no header.
        """
        header = inspect.getdoc(self.function)
        if header is None:
            raise ConfigurationError(
                "The model has no header.",
                where=self.name,
                do="Give its function a docstring: title: … (docs/architecture.md, section 5).",
            )
        return read_contract(header, self.name)

    @property
    def depends(self) -> tuple[str, ...]:
        """Tables it reads, schema included, sorted."""
        return tuple(sorted(self.inputs))

    @property
    def version(self) -> str:
        """Hash of the text that decides the rows: the function's module, and the statistics it calls."""
        return self._version

    @cached_property
    def _version(self) -> str:
        module = inspect.getmodule(self.function)
        texts = [self.name, inspect.getsource(module) if module else inspect.getsource(self.function)]
        texts += [path.read_text(encoding="utf-8") for path in sorted(_STATISTICS.glob("*.py"))]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]

    def build(self, con: duckdb.DuckDBPyConnection) -> int:
        """Build the table; checks and transaction as in `SqlModel.build`.

        Returns:
            The table's number of rows.

        Raises:
            CheckError: the promises that broke, each with its number of rows; the old table stands.
        """
        # sorted, because a bootstrap with a fixed seed draws rows by their place
        frames = {table: con.sql(f"from {table} order by all").pl() for table in self.inputs}
        made = self.function(frames)
        con.register("python_model_rows", made)
        try:
            columns = ", ".join(f'"{column}"' for column in made.columns)
            statement = f"create or replace table {self.name} as select {columns} from python_model_rows"
            return build_checked(con, self.name, self.contract, statement)
        finally:
            con.unregister("python_model_rows")


PYTHON_MODELS: tuple[PythonModel, ...] = (
    PythonModel("kpi.kpi_bridges", ("kpi.kpi_bridge_pairs", "config.run"), estimates.kpi_bridges),
    PythonModel("kpi.kpi_unit_funnel", ("kpi.kpi_estimates", "kpi.kpi_registry"), estimates.kpi_unit_funnel),
    PythonModel(
        "kpi.kpi_cell_estimates",
        ("kpi.kpi_scope_sums", "kpi.kpi_registry", "kpi.kpi_dispersion", "config.run"),
        estimates.kpi_cell_estimates,
    ),
    PythonModel(
        "kpi.kpi_tips_counted",
        ("marts.fct_tips", "marts.fct_tip_day", "kpi.kpi_tips_appeals_daily", "config.run"),
        disclosure_models.kpi_tips_counted,
    ),
    PythonModel(
        "kpi.kpi_tips_visible",
        ("kpi.kpi_tips_daily_cells", "kpi.kpi_tips_counted", "config.run"),
        disclosure_models.kpi_tips_visible,
    ),
    PythonModel(
        "kpi.kpi_tip_touch_visible",
        ("kpi.kpi_tip_touch_totals", "kpi.kpi_tip_touch", "kpi.kpi_appeal_views", "kpi.kpi_tips_counted", "config.run"),
        disclosure_models.kpi_tip_touch_visible,
    ),
    PythonModel("kpi.kpi_tip_lag", tips_models.INPUTS, tips_models.kpi_tip_lag),
    PythonModel("kpi.kpi_tip_touch", tips_models.INPUTS, tips_models.kpi_tip_touch),
    PythonModel("kpi.kpi_tip_touch_posts", tips_models.INPUTS, tips_models.kpi_tip_touch_posts),
    PythonModel("kpi.kpi_tip_touch_totals", tips_models.INPUTS, tips_models.kpi_tip_touch_totals),
    PythonModel("kpi.kpi_tip_precision", tips_models.INPUTS, tips_models.kpi_tip_precision),
    PythonModel("kpi.kpi_causal_effects", causal_models.INPUTS, causal_models.kpi_causal_effects),
    PythonModel(
        "kpi.kpi_goal_coding",
        ("marts.fct_post_coding", "config.run"),
        coding_models.kpi_goal_coding,
    ),
    PythonModel(
        "kpi.kpi_response_times",
        ("kpi.kpi_registry", "marts.fct_response_time", "config.run"),
        response_models.kpi_response_times,
    ),
    PythonModel(
        "kpi.kpi_survey_estimates",
        ("kpi.kpi_registry", "kpi.kpi_survey_answers", "config.kpis", "config.survey_margins", "config.run"),
        survey_models.kpi_survey_estimates,
    ),
)
