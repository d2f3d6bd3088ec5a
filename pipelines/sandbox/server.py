"""The platforms' APIs on loopback, over one world and one clock."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pipelines.sandbox.calendar import instant
from pipelines.sandbox.clock import SandboxClock
from pipelines.sandbox.control import add_control
from pipelines.sandbox.dialects import DIALECTS, dialect_of
from pipelines.sandbox.exchange import Answer, Ask, RefusalError, Served, token_of
from pipelines.sandbox.faults import BENT, REFUSALS, Fault, Faults, bend
from pipelines.sandbox.graph import refuse
from pipelines.sandbox.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable

    from pipelines.sandbox.world import World

HTML = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Something went wrong</h1></body></html>"
DEFAULT_START = datetime.fromisoformat("2026-01-05T06:00:00+01:00")


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request that came in; kept in memory only, because it holds tokens."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(kw_only=True)
class Sandbox:
    """A world, its clock, its faults, and what has been asked so far.

    Args:
        served: what the dialects tell of, and their switches.
        clock: the world's time.
        faults: what will go wrong.
        slow_seconds: how long the fault `slow` waits.
        requests: every request to a platform so far.
        url: the address, once it is known.
    """

    served: Served
    clock: SandboxClock
    faults: Faults = field(default_factory=Faults)
    slow_seconds: float = 2.0
    requests: list[LoggedRequest] = field(default_factory=list[LoggedRequest])
    url: str = ""
    _answers: dict[str, Callable[[Ask, Served], Answer]] = field(
        default_factory=lambda: {dialect.name: dialect.start() for dialect in DIALECTS}
    )

    def set_clock(self, at: datetime) -> None:
        """Show another instant from now on."""
        self.clock.set(at)

    def answer(self, ask: Ask) -> Answer:
        """Answer a request in its platform's dialect; faults inside the answer included.

        Raises:
            RefusalError: the platform says no.
        """
        dialect = dialect_of(ask)
        if dialect is None:
            raise refuse(f"Unknown path components: {ask.path}", 2500, status=404)
        if ask.method not in dialect.methods:
            raise refuse(f"Unsupported {ask.method.lower()} request.", 100, kind="GraphMethodException")
        issued = self.served.tokens.issued
        issued.at(ask.now)
        if "token_expired" in ask.faults:
            issued.end(token_of(ask))
        answered = self._answers[dialect.name](ask, self.served)
        return replace(answered, body=bend(answered.body, ask.faults))

    def advance_past(self, ask: Ask) -> None:
        """Move the clock to the next post, as if time had passed between two pages."""
        dialect = dialect_of(ask)
        elsewhere, posts = self.served.world.elsewhere, self.served.world.posts
        name = dialect.name if dialect else ""
        accounts = [account.number for account in elsewhere.accounts if account.platform == name]
        mine = [elsewhere.posts.published[elsewhere.posts_by_account[number]] for number in accounts]
        # Both accounts of a platform elsewhere have posted then: whichever is read, its list has shifted.
        later = [published[published > ask.now][:1] for published in mine or [posts.published]]
        moments = [int(moment) for published in later for moment in published]
        if moments:
            self.clock.set(instant(max(moments) + 1))


def make_sandbox(
    world: World,
    *,
    clock: SandboxClock | None = None,
    faults: Iterable[Fault] = (),
    tokens: Tokens | None = None,
    slow_seconds: float = 2.0,
    **switches: Any,
) -> Sandbox:
    """A sandbox over a world.

    Args:
        world: what it tells of.
        clock: by default it stands still on the morning of 5 January 2026, when the study has settled.
        faults: what will go wrong.
        tokens: by default one per account, see `Tokens.of_world`.
        slow_seconds: how long the fault `slow` waits.
        switches: `page_cap`, `empty_pages`, `x_vocabulary`, `app_secret`, `tips_extra_fields` of `Served`.
    """
    served = Served(world=world, tokens=tokens or Tokens.of_world(world), **switches)
    return Sandbox(
        served=served, clock=clock or SandboxClock(DEFAULT_START), faults=Faults(faults), slow_seconds=slow_seconds
    )


def make_app(sandbox: Sandbox) -> web.Application:
    """The aiohttp application of a sandbox."""
    app = web.Application(client_max_size=2**20)

    async def platforms(request: web.Request) -> web.StreamResponse:
        return await _handle(sandbox, request)

    async def prepare(_request: web.Request, response: web.StreamResponse) -> None:
        if isinstance(response, _Undated):
            response.headers.popall("Date", None)  # aiohttp writes its own where there is none

    app.on_response_prepare.append(prepare)
    add_control(app, clock=sandbox.clock, faults=sandbox.faults, world=sandbox.served.world)
    app.router.add_route("*", "/{tail:.*}", platforms)
    return app


class _Undated(web.Response):
    """An answer that shall go out without a `Date`."""


async def _handle(sandbox: Sandbox, request: web.Request) -> web.StreamResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    sandbox.requests.append(LoggedRequest(request.method, request.path, dict(request.query), headers))
    ask = Ask(
        path=request.path,
        query={name: request.query[name] for name in request.query},
        headers=headers,
        base=f"{request.scheme}://{request.host}",
        now=sandbox.clock.now(),
        method=request.method,
        raw_query=request.raw_path.partition("?")[2],
        body=await request.read(),
    )
    dialect = dialect_of(ask)
    struck = sandbox.faults.strike(request.path_qs, dialect.name if dialect else None)
    ask = replace(ask, faults=frozenset(struck) & BENT)
    if "post_between_pages" in ask.faults:
        sandbox.advance_past(ask)
        ask = replace(ask, now=sandbox.clock.now())
    for name in struck:
        if name in _ON_THE_WAY:
            broken = await _ON_THE_WAY[name](sandbox, request, ask)
            if broken is not None:
                return broken
    try:
        refusal = next((REFUSALS[name] for name in struck if name in REFUSALS), None)
        if refusal is not None:
            raise refusal.make(ask.now)
        answer = sandbox.answer(ask)
    except RefusalError as refused:
        answer = refused.answer
    text = json.dumps(answer.body)
    if "truncated_json" in struck:
        text = text[: len(text) * 2 // 3]
    kind = _Undated if "no_date" in struck else web.Response
    response = kind(text=text, status=answer.status, content_type="application/json", headers=answer.headers)
    _date(response, ask)
    if "body_cut" in struck:
        return await _cut_body(request, response, text.encode())
    return response


def _date(response: web.StreamResponse, ask: Ask) -> None:
    """The world's clock in `Date`: what the product takes as the time of reading."""
    response.headers["Date"] = format_datetime(instant(ask.now), usegmt=True)


async def _cut_body(request: web.Request, whole: web.Response, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _abort(request)
    return response


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _reset(_sandbox: Sandbox, request: web.Request, _ask: Ask) -> web.StreamResponse | None:
    _abort(request)
    return web.Response()


async def _slow(sandbox: Sandbox, _request: web.Request, _ask: Ask) -> web.StreamResponse | None:
    await asyncio.sleep(sandbox.slow_seconds)
    return None


def _page(status: int, text: str) -> Callable[[Sandbox, web.Request, Ask], Awaitable[web.StreamResponse | None]]:
    async def answer(_sandbox: Sandbox, _request: web.Request, ask: Ask) -> web.StreamResponse | None:
        response = web.Response(text=text, status=status, content_type="text/html")
        _date(response, ask)
        return response

    return answer


_ON_THE_WAY: dict[str, Callable[[Sandbox, web.Request, Ask], Awaitable[web.StreamResponse | None]]] = {
    "connection_reset": _reset,
    "slow": _slow,
    "html_200": _page(200, HTML),
    "bad_gateway": _page(502, HTML),
    "unavailable": _page(503, ""),
}


async def start(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> web.AppRunner:
    """Listen; `sandbox.url` holds the address afterwards.

    Raises:
        OSError: the port is taken, or the host is not ours.
    """
    runner = web.AppRunner(make_app(sandbox), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    shown = f"[{host}]" if ":" in host else host
    sandbox.url = f"http://{shown}:{runner.addresses[0][1]}"
    return runner


@contextlib.contextmanager
def running_sandbox(world: World, *, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Generator[Sandbox]:
    """A sandbox that listens in a thread of its own until the block ends.

    Args:
        world: what it tells of.
        host: where to listen.
        port: 0 takes a free one; `sandbox.url` says which.
        options: those of `make_sandbox`.
    """
    sandbox = make_sandbox(world, **options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()

    def run(work: Any) -> Any:  # noqa: ANN401 - a coroutine and what it gives
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        runner = run(start(sandbox, host, port))
        try:
            yield sandbox
        finally:
            run(runner.cleanup())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def serve_forever(  # noqa: PLR0917 - `syfte sandbox` and its callers name them all
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 7,
    clock_start: datetime = DEFAULT_START,
    clock_rate: float = 0.0,
    faults: Iterable[Fault] = (),
    *,
    scale: float = 1.0,
    on_ready: Callable[[str], None] = lambda url: None,  # noqa: ARG005
) -> None:
    """Serve a world until the process is interrupted. Prints nothing.

    Args:
        host: where to listen.
        port: 0 takes a free one.
        seed: the world's.
        clock_start: the first instant the world shows, aware.
        clock_rate: world seconds per real second; 0 stands still.
        faults: what will go wrong.
        scale: how much happens in the world.
        on_ready: called with the address once requests are answered.

    Raises:
        OSError: the port is taken, or the host is not ours.
    """
    from pipelines.sandbox.world import World  # noqa: PLC0415 - numpy is slow to start

    sandbox = make_sandbox(World(seed, scale), clock=SandboxClock(clock_start, clock_rate), faults=faults)

    async def forever() -> None:
        runner = await start(sandbox, host, port)
        try:
            on_ready(sandbox.url)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    asyncio.run(forever())
