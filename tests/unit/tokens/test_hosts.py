from __future__ import annotations

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError
from pipelines.sources.http import HttpClient
from pipelines.sources.tips.client import Batch
from tests.unit.tokens.conftest import Rotating, Source, account

TOKEN = "sentinel-token-of-one-institution"


def endpoint(name, base_url):
    return Source(name, base_url).endpoints(())[0]


def ask(keeper, place):
    """One request with the token; the addresses that were reached."""
    reached = []

    def answer(request):
        reached.append(str(request.url))
        return httpx.Response(200, json={"data": [], "complete": True})

    async def go():
        client = HttpClient(place, transport=httpx.MockTransport(answer), admit=keeper.admit)
        async with client:
            await client.get("/tips", Batch, token=SecretStr(TOKEN))

    asyncio.run(go())
    return reached


def test_a_token_used_at_one_host_goes_to_no_other_in_this_run_nor_in_a_later_one(bench):
    first = bench.keeper(Rotating())
    assert ask(first, endpoint("mastodon", "https://social.example"))
    for keeper in (first, bench.keeper(Rotating())):
        with pytest.raises(CredentialError, match=r"send to other\.example belongs to social\.example") as told:
            ask(keeper, endpoint("mastodon", "https://other.example"))
        assert TOKEN not in str(told.value)
        assert "Issue a token at other.example" in told.value.do
    assert ask(bench.keeper(Rotating()), endpoint("mastodon", "https://social.example"))
    assert TOKEN not in str(bench.stored())


def test_a_token_of_one_platform_pasted_into_anothers_variable_is_not_sent(bench):
    keeper = bench.keeper(Rotating())
    ask(keeper, endpoint("x", "https://api.x.com"))
    with pytest.raises(CredentialError, match=r"threads would send to graph\.threads\.net belongs to api\.x\.com"):
        ask(keeper, endpoint("threads", "https://graph.threads.net"))


def test_a_platforms_own_hosts_and_the_operators_gateway_count_as_one(bench):
    ask(bench.keeper(Rotating()), endpoint("bluesky", "https://bsky.social"))
    assert ask(bench.keeper(Rotating()), endpoint("bluesky", "https://public.api.bsky.app"))
    keeper = bench.keeper(Rotating(), http={"extra_hosts": ["gateway.example.se"]})
    assert ask_gateway(keeper)


def ask_gateway(keeper):
    reached = []

    def answer(request):
        reached.append(request.url.host)
        return httpx.Response(200, json={"data": [], "complete": True})

    async def go():
        place = endpoint("bluesky", "https://gateway.example.se")
        extra = frozenset({"gateway.example.se"})
        client = HttpClient(place, transport=httpx.MockTransport(answer), admit=keeper.admit, extra_hosts=extra)
        async with client:
            await client.get("/tips", Batch, token=SecretStr(TOKEN))

    asyncio.run(go())
    return reached


def test_a_renewed_token_is_good_at_every_host_of_its_platform_and_at_no_other(bench):
    from pipelines.sources.youtube.client import YouTube

    bench.sections = {"youtube": {"refresh_token": "RT-0", "client_id": "a", "client_secret": "b"}}
    keeper = bench.keeper(Rotating())
    source = YouTube(keeper.settings.youtube)
    asyncio.run(keeper.ready(source, account(source)))
    token = keeper.settings.youtube.token_for("42")
    for place in source.endpoints([account(source)]):
        keeper.admit(token, place, httpx.URL(place.base_url).host)
    with pytest.raises(CredentialError, match=r"belongs to youtube\.googleapis\.com"):
        keeper.admit(token, place, "analytics.example")


def test_the_sandbox_binds_nothing(bench):
    ask(bench.keeper(Rotating()), endpoint("mastodon", "http://127.0.0.1:8899"))
    assert bench.stored() == {}
    assert ask(bench.keeper(Rotating()), endpoint("mastodon", "https://social.example"))


def test_a_renewed_token_is_not_used_after_the_address_was_changed(bench, ready):
    bench.sections = {"tiktok": {"enabled": True, "refresh_token": "RT-0", "client_id": "a", "client_secret": "b"}}
    ready(bench.keeper(Rotating()), Source("tiktok"))
    elsewhere = Source("tiktok", "http://127.0.0.1:8899")
    with pytest.raises(CredentialError, match=r"issued for open\.tiktokapis\.com and would go to 127\.0\.0\.1"):
        asyncio.run(bench.keeper(Rotating()).ready(elsewhere, account(elsewhere)))
