"""The sensor that tells people what is new; it runs only where a mail address or a webhook is set."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
import dagster as dg

from pipelines.defs.organisation import current_project
from pipelines.errors import ConfigurationError
from pipelines.project import Project
from pipelines.sources.redaction import no_secret_leaves

EVERY_S = 900


def _status() -> dg.DefaultSensorStatus:
    from pipelines.settings import load_settings  # noqa: PLC0415  # opens more rooms than the definitions need

    try:
        is_set = bool(load_settings(current_project().root).notify.channels)
    except ConfigurationError:  # told by whatever runs; the definitions must load
        is_set = False
    return dg.DefaultSensorStatus.RUNNING if is_set else dg.DefaultSensorStatus.STOPPED


@dg.definitions
def notices() -> dg.Definitions:
    """One sensor, which starts no run."""

    @dg.sensor(
        name="notices",
        minimum_interval_seconds=EVERY_S,
        default_status=_status(),
        description="Tells what is new by mail or to a webhook: a changed verdict, a source that is not read, a token "
        "or a metric that ends (docs/notices.md). Off unless SYFTE_NOTIFY__MAIL_TO or SYFTE_NOTIFY__WEBHOOK is set.",
    )
    @no_secret_leaves()
    def tell(context: dg.SensorEvaluationContext, project: dg.ResourceParam[Project]) -> dg.SkipReason:
        from pipelines.run.notifying import notify  # noqa: PLC0415  # as above

        del context
        found = notify(project)
        if found.errors:
            raise found.errors[0]
        told = ", ".join(f"{len(found.digests[channel].notices)} by {channel}" for channel in found.sent)
        return dg.SkipReason(f"Told {told}." if told else "Nothing new.")

    return dg.Definitions(sensors=[tell])
