"""`syfte sandbox`: the platforms' APIs on this machine, over a simulated world."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from pipelines.cli.speaking import note
from pipelines.errors import UsageError


def sandbox(  # noqa: PLR0917  # typer makes options of the parameters
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 8808,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated world; the same seed gives the same world.")] = 7,
    rate: Annotated[float, typer.Option(min=0, help="Seconds of the world per second of ours; 0 stands still.")] = 1.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:TIMES]", help="What goes wrong; may be repeated. An unknown name lists all."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Settings for all nine platforms and their comments, not for the first three.")
    ] = False,
    init: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also make a project there with this world's units and accounts.")
    ] = None,
) -> None:
    """Serve the platforms' APIs from a simulated world.

    Nine platforms and a tips intake, on this machine only, until interrupted. Prints the settings that point a project
    at it (Facebook, Instagram and X; --all for all nine); --init makes such a project, with units and accounts in its
    goals.yaml.
    """
    from pipelines.run.demonstration import sandbox_project  # noqa: PLC0415  # heavy
    from pipelines.sandbox import Fault, World, project_config, serve_forever  # noqa: PLC0415
    from pipelines.sandbox.units import PLATFORMS  # noqa: PLC0415

    try:
        faults = [Fault.parse(one) for one in fault or []]
    except ValueError as error:
        raise UsageError(str(error), where="--fault", do="docs/sandbox.md says what each does.") from None

    def ready(url: str) -> None:
        config = project_config(World(seed), url, "all" if every else PLATFORMS, comments=every)
        for name, value in config["environment"].items():
            typer.echo(f"{name}='{value}'")
        if init is not None:
            sandbox_project(init, config)
            note(f"In another terminal: syfte --project {init} check, then syfte --project {init} run.")
        note(f"The platforms answer at {url}. Ctrl-C ends it.")

    try:
        serve_forever(port=port, seed=seed, clock_rate=rate, faults=faults, on_ready=ready)
    except OSError as error:
        raise UsageError(
            f"The port cannot be used: {error.strerror}.",
            where=f"--port {port}",
            do="Choose another, or 0 for a free one.",
        ) from None
