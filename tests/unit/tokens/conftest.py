"""Platforms' token endpoints, played; a keeper over them, with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl

import httpx
import pytest

from pipelines.settings import Settings
from pipelines.sources.base import Account
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.http import Clock
from pipelines.sources.tips.client import IntakeDialect
from pipelines.tokens.keeper import Keeper

START = datetime(2026, 11, 1, 6, tzinfo=UTC)
HOSTS = {
    "x": ("https://api.x.com", {"api.x.com"}),
    "tiktok": ("https://open.tiktokapis.com", {"open.tiktokapis.com"}),
    "threads": ("https://graph.threads.net", {"graph.threads.net"}),
    "linkedin": ("https://api.linkedin.com", {"api.linkedin.com"}),
    "youtube": ("https://youtube.googleapis.com", {"youtube.googleapis.com"}),
    "bluesky": ("https://public.api.bsky.app", {"public.api.bsky.app", "bsky.social"}),
    "facebook_pages": ("https://graph.facebook.com", {"graph.facebook.com"}),
    "mastodon": ("https://social.example", set()),
}


class Source:
    """As much of a source as the keeper asks for."""

    def __init__(self, name, base_url=None):
        self.name = name
        default, hosts = HOSTS[name]
        self._endpoint = Endpoint(
            source=name, base_url=base_url or default, hosts=frozenset(hosts), dialect=IntakeDialect(),
            setting=f"SYFTE_{name.upper()}__BASE_URL", token_setting=f"SYFTE_{name.upper()}__TOKEN",
        )  # fmt: skip

    def endpoints(self, _accounts):
        return (self._endpoint,)


class Rotating:
    """A token endpoint whose refresh token works once."""

    def __init__(self, good="RT-0", lives=7200, refresh_lives=180 * 86400):
        self.good, self.lives, self.refresh_lives = good, lives, refresh_lives
        self.asked, self.given = [], 0
        self.before = None  # called with the request: may raise or answer
        self.now = START

    def __call__(self, request):
        self.asked.append(request)
        if self.before is not None and (answer := self.before(request)) is not None:
            return answer
        sent = dict(parse_qsl(request.content.decode())) or dict(request.url.params)
        if sent.get("refresh_token") != self.good:
            return self.answer({"error": "invalid_grant", "error_description": f"{self.good} is meant"}, 400)
        self.given += 1
        self.good = f"RT-{self.given}"
        lives = {"expires_in": self.lives, "refresh_expires_in": self.refresh_lives}
        return self.answer({"access_token": f"AT-{self.given}", "refresh_token": self.good} | lives)

    def answer(self, body, status=200):
        date = {"Date": format_datetime(self.now, usegmt=True)}
        return httpx.Response(status, content=json.dumps(body).encode(), headers=date)


class Bench:
    """Settings, a clock, and as many keepers (one a run) as wanted."""

    def __init__(self, folder):
        self.folder, self.now = folder, START
        self.sections = {}

    def keeper(self, platform, **more):
        async def sleep(_seconds):
            await asyncio.sleep(0)

        async def answer(request):
            answered = platform(request)
            await asyncio.sleep(0.02)  # others may be at it meanwhile
            return answered

        platform.now = self.now
        settings = Settings(project_dir=self.folder, now=self.now, **self.sections, **more)
        clock = Clock(wall=lambda: self.now, monotonic=lambda: 0.0, sleep=sleep, chance=lambda: 0.5)
        return Keeper(settings, transport=httpx.MockTransport(answer), clock=clock)

    def later(self, **delta):
        self.now += timedelta(**delta)

    def stored(self):
        """Everything that is on disk, by name."""
        return {path.name: path.read_text() for path in (self.folder / "data").rglob("*.json")}


def account(source, native_id="42"):
    return Account(account_id=f"{source.name}:{native_id}", platform=source.name, native_id=native_id, unit_id="north")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def ready():
    """`ready(keeper, source)`: the token that the account is read with now."""

    def run(keeper, source, native_id="42"):
        asyncio.run(keeper.ready(source, account(source, native_id)))
        return keeper.settings.section_of(source.name).token_for(native_id).get_secret_value()

    return run
