"""Requests that public SDKs were seen to send, sent again: the sandbox answers each as the platform would."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.sandbox.clock import SandboxClock
from pipelines.sandbox.exchange import Ask, RefusalError
from pipelines.sandbox.server import make_sandbox

TRACES = Path(__file__).parents[4] / "shared" / "reference" / "specs" / "wire_traces"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
SECRET = "sandbox"
FAMILIES = ("/v26.0/", "/v24.0/", "/2/")
REFUSED = {
    # What the recorded stub knew and no platform does, or what is gone by the sandbox's clock.
    "ratelimited": 100,
    "page_impressions": 100,
}

pytestmark = pytest.mark.skipif(not TRACES.is_dir(), reason="the recorded wire traces are not beside the repository")


def recorded():
    if not TRACES.is_dir():
        return []
    return [
        pytest.param(entry, id=f"{path.stem}-{number}-{entry['h']['user-agent'].split('/')[0]}{entry['path']}")
        for path in sorted(TRACES.glob("*.json"))
        for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8")))
        if entry["m"] == "GET" and entry["path"].startswith(FAMILIES)
    ]


def in_this_world(sandbox, entry):
    """The recorded request with this world's ids, tokens, proof and cursors, and nothing else changed."""
    world, tokens = sandbox.served.world, sandbox.served.tokens
    page, insta, bird = world.accounts[:3]
    path = entry["path"].replace("/101", f"/{page.native_id}").replace("/1784", f"/{insta.native_id}")
    path = path.replace("/users/42", f"/users/{bird.native_id}").replace("/polisen", f"/{bird.handle}")
    query, headers = dict(entry["q"]), dict(entry["h"])
    if "access_token" in query:
        account = insta if "1784" in entry["path"] else page
        query["access_token"] = tokens.accounts[(account.platform, account.native_id)]
    if "appsecret_proof" in query:
        key = query["access_token"].encode()
        query["appsecret_proof"] = hmac.new(SECRET.encode(), key, hashlib.sha256).hexdigest()
    own = tokens.accounts[("x", bird.native_id)]
    if "authorization" in headers:
        headers["authorization"] = headers["authorization"].replace('oauth_token="c"', f'oauth_token="{own}"')
        headers["authorization"] = (
            f"Bearer {own}" if headers["authorization"] == "Bearer B" else headers["authorization"]
        )
    for cursor in ("after", "pagination_token"):
        if cursor in query:
            first = Ask(path=path, query={k: v for k, v in query.items() if k != cursor}, headers=headers,
                        base="http://127.0.0.1:1", now=int(NOW.timestamp()))  # fmt: skip
            body = sandbox.answer(first).body
            query[cursor] = body["meta"]["next_token"] if "meta" in body else body["paging"]["cursors"]["after"]
    return Ask(path=path, query=query, headers=headers, base="http://127.0.0.1:1", now=int(NOW.timestamp()))


@pytest.mark.parametrize("entry", recorded())
def test_a_recorded_request_is_answered(world, entry):
    sandbox = make_sandbox(world, clock=SandboxClock(NOW), app_secret=SECRET)
    ask = in_this_world(sandbox, entry)
    expected = next((code for word, code in REFUSED.items() if word in entry["path"] + entry["raw"]), None)
    if expected:
        with pytest.raises(RefusalError) as caught:
            sandbox.answer(ask)
        assert caught.value.answer.body["error"]["code"] == expected
        return
    body = sandbox.answer(ask).body
    assert body.get("data") or body.get("id")


def test_there_are_requests_of_four_sdks():
    agents = {json.dumps(param.values[0]["h"]["user-agent"]) for param in recorded()}
    for sdk in ("fbbizsdk-python", "xdk-python", "Tweepy", "xdk-typescript"):
        assert any(sdk in agent for agent in agents), sdk
