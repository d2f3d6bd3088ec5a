"""What stands beside the platforms: the clock, the truth and the faults, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from pipelines.sandbox.faults import Fault, Faults

if TYPE_CHECKING:
    from pipelines.sandbox.clock import SandboxClock
    from pipelines.sandbox.world import World


class _Now(msgspec.Struct):
    now: str


def add_control(app: web.Application, *, clock: SandboxClock, faults: Faults, world: World) -> None:
    """Add `/_sandbox/clock`, `/_sandbox/truth` and `/_sandbox/faults` to an application."""

    async def show_clock(_request: web.Request) -> web.Response:
        return web.json_response({"now": clock.read().isoformat()})

    async def set_clock(request: web.Request) -> web.Response:
        try:
            clock.set(datetime.fromisoformat(msgspec.json.decode(await request.read(), type=_Now).now))
        except ValueError as error:  # msgspec's errors are ValueErrors too
            return web.json_response({"error": f'send {{"now": "2026-01-05T06:00:00+01:00"}}: {error}'}, status=400)
        return await show_clock(request)

    async def show_truth(_request: web.Request) -> web.Response:
        return web.json_response(world.truth())

    async def show_faults(_request: web.Request) -> web.Response:
        return web.json_response([asdict(fault) for fault in faults.waiting()])

    async def set_faults(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            text = body if body.lstrip().startswith(b"[") else b"[" + body + b"]"
            faults.set(msgspec.json.decode(text, type=list[Fault]))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return await show_faults(request)

    app.router.add_get("/_sandbox/clock", show_clock)
    app.router.add_post("/_sandbox/clock", set_clock)
    app.router.add_get("/_sandbox/truth", show_truth)
    app.router.add_get("/_sandbox/faults", show_faults)
    app.router.add_post("/_sandbox/faults", set_faults)
