"""A simulated world with known truth, and the platforms' dialects over it.

    World            accounts, posts, counters, tips and surveys, all from a seed
    write_canonical  the world's history as files for `syfte import`
    running_sandbox  the platforms' APIs on loopback, in a thread
    serve_forever    the same, until interrupted
    project_config   units, accounts, addresses and tokens for a project that reads it

Names are loaded when they are first used: numpy and aiohttp are slow to start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.sandbox.canonical import write_canonical
    from pipelines.sandbox.clock import SandboxClock
    from pipelines.sandbox.faults import Fault
    from pipelines.sandbox.project import project_config
    from pipelines.sandbox.server import running_sandbox, serve_forever
    from pipelines.sandbox.world import World

__all__ = ["Fault", "SandboxClock", "World", "project_config", "running_sandbox", "serve_forever", "write_canonical"]

_HOMES = {
    "Fault": "faults",
    "SandboxClock": "clock",
    "World": "world",
    "project_config": "project",
    "running_sandbox": "server",
    "serve_forever": "server",
    "write_canonical": "canonical",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
