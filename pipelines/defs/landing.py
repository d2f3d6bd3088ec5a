"""Sources -> landing: one asset per source, and one partition per local day for what has a window of its own.

Where several machines pull (docs/cluster.md), the sources that have accounts are partitioned by account.
"""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.organisation import clock_of, current_project
from pipelines.defs.resources import logged
from pipelines.errors import ConfigurationError, SyfteError
from pipelines.project import Project
from pipelines.run.sharding import accounts_per_run
from pipelines.sources.files.canonical import STREAMS as FILE_STREAMS
from pipelines.sources.redaction import REDACTION, no_secret_leaves
from pipelines.sources.registry import SOURCES, api_streams
from pipelines.sources.stream import Stream

if TYPE_CHECKING:
    from pipelines.pull import PullReport

FILES = dg.AssetKey(["landing", "files"])
READ_IN_FULL = "read_in_full"
TOKENS_LAST = "tokens_last"
METRICS_OFFERED = "metrics_are_offered"
VERSION_LASTS = "version_lasts"

_NAMES = {
    "facebook_pages": "Facebook Pages", "instagram": "Instagram", "x": "X", "youtube": "YouTube",
    "mastodon": "Mastodon", "bluesky": "Bluesky", "threads": "Threads", "tiktok": "TikTok", "linkedin": "LinkedIn",
    "tips": "The intake of tips",
}  # fmt: skip
_KINDS = {entry.name: entry.platform or "api" for entry in SOURCES}


YOUNG_ONLY = "syfte/young_only"
"""Tag of a run that reads only young posts and their figures, which still grow by the hour."""

DUE_ONLY = "syfte/due_only"
"""Tag of a run that reads what is due by the schedule (docs/budgets.md). Somebody who presses *Materialize* gets
everything in the window."""

GO_ON_AFTER_ERRORS = "syfte/go_on_after_errors"
"""Tag of a run in which a source that fails becomes a failed check, so that one expired token does not keep the other
sources from being published. Without it an error stops the run at once. Tags and not run config: a job's tags reach its
runs however they are started, its default config does not reach those of a partitioned job."""


def streams() -> tuple[Stream, ...]:
    """Every declared stream: the platforms', the intake's and the canonical tables of imported files."""
    return (*api_streams(), *FILE_STREAMS.values())


def source_names() -> list[str]:
    """Every source that is pulled, switched on or not: the graph does not depend on credentials."""
    return list(dict.fromkeys(stream.source for stream in api_streams()))


def has_only_windows(source: str) -> bool:
    """Whether every stream of a source has a window, so that the source itself is partitioned."""
    return all(stream.kind == "period" for stream in api_streams() if stream.source == source)


def source_key(source: str) -> dg.AssetKey:
    """The asset that reads a source."""
    return dg.AssetKey(["landing", source])


def window_key(stream: Stream) -> dg.AssetKey:
    """The asset that reads a period stream's windows again."""
    if has_only_windows(stream.source):
        return source_key(stream.source)
    return dg.AssetKey(["landing", f"{stream.source}__{stream.name}"])


def landed_by(stream: Stream) -> list[dg.AssetKey]:
    """The assets that a stream's pages come from."""
    if stream.source == "files":
        return [FILES]
    keys = {source_key(stream.source)}
    if stream.kind == "period":
        keys.add(window_key(stream))
    return sorted(keys)


@cache
def local_days() -> dg.DailyPartitionsDefinition:
    """The organisation's days, from the first of the baseline to yesterday: a day is read when it is over."""
    clock = clock_of(current_project())
    return dg.DailyPartitionsDefinition(start_date=clock.first_day, timezone=clock.timezone)


def accounts_of(source: str) -> dg.DynamicPartitionsDefinition:
    """The accounts of a source as partitions; the sensor `accounts` keeps them in step with goals.yaml."""
    return dg.DynamicPartitionsDefinition(name=f"accounts_of_{source}")


def _source_asset(source: str) -> dg.AssetsDefinition:
    text = "Every account of goals.yaml, page by page, into immutable files. Nothing is asked while the source is off."
    by_account = accounts_per_run(current_project())
    if has_only_windows(source):
        return _pull_asset(source_key(source), source, f"{_NAMES[source]}. {text}", local_days())
    text += " Lifetime figures are read now and have no partitions: yesterday's cannot be read today."
    if by_account is None:
        return _pull_asset(source_key(source), source, f"{_NAMES[source]}. {text}")
    text = f"Chosen accounts, page by page, into immutable files; {by_account} in a run."
    return _pull_asset(
        source_key(source),
        source,
        f"{_NAMES[source]}. {text}",
        accounts_of(source),
        policy=dg.BackfillPolicy.multi_run(by_account),
    )


def _window_asset(stream: Stream) -> dg.AssetsDefinition:
    text = (
        f"{_NAMES[stream.source]}: {stream.title}, read again for chosen days. "
        "The daily pull reads the last days by itself; this is for the days before, and for gaps."
    )
    return _pull_asset(window_key(stream), stream.source, text, local_days())


def _pull_asset(
    key: dg.AssetKey,
    source: str,
    description: str,
    partitions: dg.PartitionsDefinition[str] | None = None,
    policy: dg.BackfillPolicy | None = None,
) -> dg.AssetsDefinition:
    by_day = isinstance(partitions, dg.DailyPartitionsDefinition)
    by_account = isinstance(partitions, dg.DynamicPartitionsDefinition)

    @dg.asset(
        key=key,
        description=description,
        group_name="landing",
        kinds={"python", _KINDS[source]},
        pool=source,
        partitions_def=partitions,
        # a range of days is one pull: the platforms are asked for a window, not for a day at a time
        backfill_policy=dg.BackfillPolicy.single_run() if by_day else policy,
        check_specs=[
            dg.AssetCheckSpec(READ_IN_FULL, asset=key, description="every account of the source answered to the end"),
            dg.AssetCheckSpec(
                TOKENS_LAST, asset=key, description="no token of the source ends within 14 days unless it is renewed"
            ),
            dg.AssetCheckSpec(
                METRICS_OFFERED, asset=key, description="the platform gives every metric that the source asks for"
            ),
            dg.AssetCheckSpec(
                VERSION_LASTS,
                asset=key,
                description="the interface's version that is asked for answers, and does not end within 60 days",
            ),
        ],
    )
    def pulled(
        context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
    ) -> Iterator[dg.MaterializeResult[object]]:
        from pipelines.run.pulling import pull_all  # noqa: PLC0415  # opens the HTTP stack only when there is something to ask

        with no_secret_leaves():
            report = pull_all(
                project,
                sources=[source],
                only=context.partition_keys if by_account else None,
                young_only=YOUNG_ONLY in context.run.tags,
                read_all=DUE_ONLY not in context.run.tags,
                # the run bears the range of days for all its assets; it is meant for those that have days
                window=_window(context) if by_day else None,
                on_event=logged(context.log),
            )
            if GO_ON_AFTER_ERRORS not in context.run.tags:
                report.raise_for_errors()
                _raise_if_off(source, report)
            yield dg.MaterializeResult(
                metadata=_metadata(report),
                check_results=[
                    _checked(key, report.errors),
                    *(_warned(key, check, told) for check, told in _warnings(project, source, report).items()),
                ],
            )

    return pulled


def _raise_if_off(source: str, report: "PullReport") -> None:
    """A day that nobody was asked for must not be shown as read."""
    if not report.results and not report.idle:
        raise ConfigurationError(
            f"There was nothing to read: {_NAMES[source]} is switched off, or goals.yaml names no account of it.",
            where=f"goals.yaml and SYFTE_{source.upper()}__* in .env",
            do="Configure the source (docs/sources) and start the run again.",
        )


def _window(context: dg.AssetExecutionContext) -> tuple[datetime, datetime] | None:
    """The chosen days as instants, half-open; None for the source's own trailing window."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    window = context.partition_time_window
    return window.start.astimezone(UTC), window.end.astimezone(UTC)


def _metadata(report: "PullReport") -> dict[str, dg.MetadataValue]:
    results = report.results
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(result.rows for result in results)),
        "accounts": dg.MetadataValue.int(len({result.account_id for result in results})),
        "pages": dg.MetadataValue.int(sum(result.pages for result in results)),
        "rows_refused": dg.MetadataValue.int(sum(result.rejected for result in results)),
        "run_of_landing": dg.MetadataValue.text(report.run_id),
        "state": dg.MetadataValue.text(_state(report)),
    }


def _state(report: "PullReport") -> str:
    if report.results:
        return "read"
    return "nothing was due" if report.idle else "off: no setting, or no account in goals.yaml"


def _checked(key: dg.AssetKey, errors: Sequence[SyfteError]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=READ_IN_FULL,
        asset_key=key,
        passed=not errors,
        severity=dg.AssetCheckSeverity.ERROR,
        description=REDACTION.clean("\n\n".join(str(error) for error in errors)) or None,
    )


def _warnings(project: Project, source: str, report: "PullReport") -> dict[str, list[str]]:
    """What somebody should see to, check by check, though nothing is wrong with what was read."""
    from pipelines.api_versions import sunsets  # noqa: PLC0415  # with the pull
    from pipelines.refusals import sentences  # noqa: PLC0415
    from pipelines.settings import load_settings  # noqa: PLC0415

    settings = load_settings(project.root)
    ending = [one for one in sunsets(settings, settings.clock_now.date()) if one.source == source]
    return {
        TOKENS_LAST: [f"{token.account}: {token.sentence}" for token in report.tokens if token.needs_action],
        METRICS_OFFERED: sentences(report.refused),
        VERSION_LASTS: [f"{one.sentence}. {one.do}" for one in ending] + list(report.versions.sentences.values()),
    }


def _warned(key: dg.AssetKey, check: str, told: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check,
        asset_key=key,
        passed=not told,
        severity=dg.AssetCheckSeverity.WARN,
        description=REDACTION.clean("\n\n".join(told)) or None,
    )


@dg.definitions
def landing() -> dg.Definitions:
    """The pulls of all sources, and the files that people import."""
    files = dg.AssetSpec(
        FILES,
        description="Exports and canonical tables that people brought in with `syfte import`.",
        group_name="landing",
        kinds={"csv", "parquet"},
    )
    windows = [s for s in api_streams() if s.kind == "period" and not has_only_windows(s.source)]
    return dg.Definitions(assets=[files, *map(_source_asset, source_names()), *map(_window_asset, windows)])
