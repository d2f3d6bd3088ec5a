"""What no field list names is dropped before the first write, at whatever depth a platform begins to send it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from pipelines.landing import Landing
from pipelines.pull import PullReport, pull
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.http import Clock
from pipelines.sources.registry import api_streams, configured_sources
from tests.byte_search import ByteSearch
from tests.integration.projects import sandbox_project

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
CANARY = "CANARYFIELD-4b71e0 Anna Testsson"
FIELDS = {"contact_of_the_person": CANARY, "people": [{"name": CANARY, "said": {"what": CANARY}}]}


def with_canaries(body: Any, put: Counter[int], depth: int = 0) -> Any:
    """The same JSON with the fields in every object of it."""
    if isinstance(body, list):
        return [with_canaries(one, put, depth) for one in body]
    if not isinstance(body, dict):
        return body
    put[depth] += 1
    return {name: with_canaries(value, put, depth + 1) for name, value in body.items()} | FIELDS


class Widened(httpx.AsyncBaseTransport):
    """The network, with more fields in every answer that is JSON."""

    def __init__(self) -> None:
        self._way = httpx.AsyncHTTPTransport()
        self.put: Counter[int] = Counter()
        self.paths: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._way.handle_async_request(request)
        await answer.aread()
        body = answer.content
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in ("content-length", "content-encoding")}
        if "json" in headers.get("content-type", ""):
            body = msgspec.json.encode(with_canaries(msgspec.json.decode(body), self.put))
            self.paths.add(request.url.path)
        return httpx.Response(answer.status_code, headers=headers, content=body, request=request)

    async def aclose(self) -> None:
        await self._way.aclose()


async def no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory) -> tuple[PullReport, Landing, Widened, set[str]]:
    """One pull of one account of every source."""
    world, folder = World(seed=7, scale=0.1), tmp_path_factory.mktemp("edge")
    with running_sandbox(world, clock=SandboxClock(NOW), page_cap=6, tips_extra_fields=True) as sandbox:
        config = project_config(world, sandbox.url, "all", comments=True)
        first = {one["platform"]: one for one in reversed(config["accounts"])}
        accounts = [
            Account(account_id=f"{p}:{one['native_id']}", platform=p, native_id=one["native_id"], unit_id=one["unit"])
            for p, one in first.items()
        ]
        settings = load_settings(sandbox_project(folder, config, NOW))
        way, landing = Widened(), Landing(folder / "data" / "landing")
        clock = Clock(wall=lambda: NOW, monotonic=lambda: 0.0, sleep=no_sleep, chance=lambda: 0.5)
        report = pull(settings, accounts, landing, plan=PullPlan(now=NOW), clock=clock, transport=way)
    return report, landing, way, {source.name for source in configured_sources(settings)}


@pytest.mark.promise("P1")
def test_no_field_that_nobody_asked_for_reaches_the_disk_at_any_depth_of_any_answer(pulled, figure):
    report, landing, way, sources = pulled
    landed = [entry for manifest in landing.manifests() for entry, _ in landing.entries(manifest)]
    assert {entry.source for entry in landed if entry.rows} == sources == {stream.source for stream in api_streams()}
    search = ByteSearch((CANARY, *CANARY.split(" ")[:1], "Testsson")).tree(landing.root.parent)
    figure("sources asked", len(sources))
    figure("objects with canary fields", sum(way.put.values()))
    figure("deepest of them", max(way.put))
    figure("rows landed of them", sum(entry.rows for entry in landed))
    figure("canary fields found on disk", len(search.hits))
    assert sum(entry.rows for entry in landed) > 500
    assert search.unpacked > 10_000
    assert search.hits == [], "\n".join(search.hits[:12])
    assert CANARY not in repr(report)
