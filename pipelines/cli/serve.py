"""`syfte serve`: Dagster's user interface and daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Where the user interface answers.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 3000,
    without_login: Annotated[
        bool, typer.Option("--without-login", help="Allow a host that others can reach: nobody is asked who he is.")
    ] = False,
) -> None:
    """Run the schedules, and Dagster's user interface, until interrupted.

    First ends the runs that a dead host left behind. The user interface has no login, so only this machine reaches it.
    """
    from pipelines.run.serving import prepare_service  # noqa: PLC0415  # heavy

    service = prepare_service(Session.of(context).project, host=host, port=port, without_login=without_login)
    if service.made is not None:
        note(f"Wrote {service.made}.")
    if service.ended:
        note(f"{len(service.ended)} orphaned runs ended: {', '.join(service.ended)}")
    note(f"The user interface comes up at http://{f'[{host}]' if ':' in host else host}:{port}. Ctrl-C ends it.")
    service.become()
