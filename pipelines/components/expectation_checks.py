"""The expectation suites as Dagster asset checks, each on the asset it speaks of, tested together before publishing."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
import re
from collections.abc import Iterator, Mapping

import dagster as dg

from pipelines.components.model_assets import asset_key, check_expectations
from pipelines.components.warehouse_run import WarehouseRun
from pipelines.errors import SyfteError
from pipelines.plain_text import markdown_safe
from pipelines.project import Project
from pipelines.quality import SUITES, CheckResult, Expectation, Suite, own_suites, refuse
from pipelines.warehouse.build import tells_of_checks
from pipelines.warehouse.model import Model


def expectation_checks(models: Mapping[str, Model], *, pool: str) -> dg.AssetChecksDefinition:
    """One step that tests every suite after the models and before publishing.

    What it found is told before anything is refused, so that a result that forbids publishing can be seen where one
    looks for it. Checks of tables that nothing but publishing reads are blocking; those of others cannot be, for all
    suites are tested together once everything is built. The step fails either way.
    """
    named = expectation_keys((*SUITES, *_own()))
    read = {table for model in models.values() if not tells_of_checks(model) for table in model.depends}

    @dg.multi_asset_check(
        name="expectations",
        description="Test what changed since it last held; an error keeps readers' state.",
        specs=[
            dg.AssetCheckSpec(
                key.name,
                asset=key.asset_key,
                description=_described(suite, expectation),
                additional_deps=_others(suite),
                blocking=suite.table.startswith("published.") and suite.table not in read,
            )
            for key, (suite, expectation) in named.items()
        ],
        can_subset=True,
        pool=pool,
    )
    def expectations(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[WarehouseRun]
    ) -> Iterator[dg.AssetCheckResult]:
        found = check_expectations(warehouse)
        by_sentence = {(one.result.table, one.result.expectation): one.result for one in found}
        for key, (suite, expectation) in named.items():
            if key in context.selected_asset_check_keys:
                yield _told(key, expectation, by_sentence.get((suite.table, expectation.says)))
        refuse(found)

    return expectations


def expectation_keys(suites: tuple[Suite, ...]) -> dict[dg.AssetCheckKey, tuple[Suite, Expectation]]:
    """Every expectation of a table that is an asset, with its place in Dagster."""
    found: dict[dg.AssetCheckKey, tuple[Suite, Expectation]] = {}
    for suite in suites:
        key = asset_key(suite.table)
        if key is None:
            continue
        for expectation in suite.expectations:
            name = f"{suite.kind}__{expectation.slug}"
            taken = sum(one.asset_key == key and re.sub(r"__\d+$", "", one.name) == name for one in found)
            found[dg.AssetCheckKey(key, f"{name}__{taken + 1}" if taken else name)] = (suite, expectation)
    return found


def _own() -> tuple[Suite, ...]:
    """The institution's own suites; none while a mistake in them waits for `syfte check` or the next run to tell it."""
    try:
        return own_suites(Project.find().expectations_dir)
    except SyfteError:
        return ()


def _described(suite: Suite, expectation: Expectation) -> str:
    """The sentence and its reason; those of a project are text, and Dagster reads Markdown."""
    said = f"{expectation.says}. {expectation.why}".strip()
    return markdown_safe(said) if suite.kind == "own" else said


def _others(suite: Suite) -> list[dg.AssetKey]:
    keys = {asset_key(table) for table in suite.reads[1:]} - {asset_key(suite.table)}
    return sorted(key for key in keys if key is not None)


def _told(key: dg.AssetCheckKey, expectation: Expectation, result: CheckResult | None) -> dg.AssetCheckResult:
    """What was found, as Dagster tells it; an expectation that has no table yet could not be tested."""
    tested = result is not None and result.success is not None
    detail = result.detail if result else ""
    return dg.AssetCheckResult(
        passed=tested and bool(result and result.success),
        check_name=key.name,
        asset_key=key.asset_key,
        # what could not be tested is said, and is no ground to refuse
        severity=dg.AssetCheckSeverity[expectation.severity.upper()] if tested else dg.AssetCheckSeverity.WARN,
        description=(markdown_safe(detail) if key.name.startswith("own__") else detail)
        if tested
        else "could not be tested",
    )
