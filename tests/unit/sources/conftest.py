"""A platform played by a function from request to JSON, and a pull from it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest

from pipelines.sources.base import Account, PullPlan
from pipelines.sources.clients import ClientPool
from pipelines.sources.http import Clock, HttpClient

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "EAAsentinelTOKEN0123456789"


class Platform:
    """Answers by `play(request) -> dict | (status, dict) | httpx.Response`; remembers what was asked."""

    def __init__(self, play, answered_at=NOW):
        self.play = play
        self.answered_at = answered_at
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        played = self.play(request)
        if isinstance(played, httpx.Response):
            return played
        status, body = played if isinstance(played, tuple) else (200, played)
        headers = {"Date": format_datetime(self.answered_at, usegmt=True), "facebook-api-version": "v26.0"}
        return httpx.Response(status, content=json.dumps(body).encode(), headers=headers)

    @property
    def queries(self):
        return [dict(request.url.params) for request in self.asked]

    @property
    def paths(self):
        return [request.url.path for request in self.asked]


@pytest.fixture
def platform():
    return Platform


@pytest.fixture
def read():
    """`read(source, platform, **plan)`: all pages of account 101."""

    def run(source, platform, *, native_id="101", into=None, **plan):
        async def sleep(_seconds):
            await asyncio.sleep(0)

        async def go():
            clock = Clock(wall=lambda: NOW, monotonic=lambda: 0.0, sleep=sleep, chance=lambda: 0.5)
            account = Account(
                account_id=f"{source.platform or source.name}:{native_id}",
                platform=source.platform or source.name,
                native_id=native_id,
                unit_id="north",
            )
            pages = [] if into is None else into

            def connect(endpoint):
                return HttpClient(endpoint, transport=httpx.MockTransport(platform), clock=clock)

            async with ClientPool(connect) as clients:
                async for page in source.pull(clients, account, replace(PullPlan(now=NOW), **plan)):
                    pages.append(page)
            return pages

        return asyncio.run(go())

    return run


@pytest.fixture
def rows():
    """`rows(pages, "posts")`: the stored objects of one stream, decoded."""

    def collect(pages, stream):
        return [json.loads(row) for page in pages if page.stream.name == stream for row in page.rows]

    return collect
