"""Requests that SDKs of Mastodon and the AT protocol were seen to send, sent again in this world's ids and tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pipelines.sandbox.clock import SandboxClock
from pipelines.sandbox.exchange import Ask
from pipelines.sandbox.server import make_sandbox
from tests.unit.sandbox.test_wire_traces import TRACES

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SESSION = "/xrpc/com.atproto.server.createSession"

pytestmark = pytest.mark.skipif(not TRACES.is_dir(), reason="the recorded wire traces are not beside the repository")


def recorded():
    return [
        pytest.param(entry, id=f"{path.stem}-{number}-{entry['path']}")
        for path in sorted(TRACES.glob("*.json"))
        for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8")))
        if entry["path"].startswith(("/api/v1/", "/api/v2/", "/xrpc/"))
    ]


def asked(path, query, headers, *, method="GET", body=b""):
    return Ask(path=path, query=query, headers=headers, base="http://127.0.0.1:1", now=int(NOW.timestamp()),
               method=method, body=body)  # fmt: skip


def login(sandbox, account):
    password = sandbox.served.tokens.accounts["bluesky", account.native_id]
    body = json.dumps({"identifier": account.handle, "password": password}).encode()
    return sandbox.answer(asked(SESSION, {}, {}, method="POST", body=body)).body


def of_mastodon(sandbox, account, entry):
    number = account.native_id.partition("@")[0]
    path = entry["path"].replace("/accounts/7", f"/accounts/{number}")
    query = dict(entry["q"]) | ({"acct": account.handle} if "acct" in entry["q"] else {})
    headers = dict(entry["h"])
    if "authorization" in headers:
        headers["authorization"] = f"Bearer {sandbox.served.tokens.accounts['mastodon', account.native_id]}"
    if "max_id" in query:
        first = sandbox.answer(asked(path, {"limit": "5"}, headers)).body
        query["max_id"] = first[-1]["id"]
    return asked(path, query, headers)


def of_bluesky(sandbox, account, entry):
    query, headers = dict(entry["q"]), dict(entry["h"])
    if "actor" in query:
        query["actor"] = account.handle
    if "authorization" in headers:
        headers["authorization"] = f"Bearer {login(sandbox, account)['accessJwt']}"
    feed = asked("/xrpc/app.bsky.feed.getAuthorFeed", {"actor": account.handle, "limit": "5"}, {})
    if "cursor" in query:
        query["cursor"] = sandbox.answer(feed).body["cursor"]
    if "uris" in query:
        query["uris"] = sandbox.answer(feed).body["feed"][0]["post"]["uri"]
    return asked(entry["path"], query, headers)


@pytest.mark.parametrize("entry", recorded() if TRACES.is_dir() else [])
def test_a_recorded_request_is_answered(small, entry):
    sandbox = make_sandbox(small, clock=SandboxClock(NOW), empty_pages=False)
    platform = "bluesky" if entry["path"].startswith("/xrpc/") else "mastodon"
    account = next(one for one in small.elsewhere.accounts if one.platform == platform)
    if entry["m"] == "POST":
        assert json.loads(entry["body"]).keys() == {"identifier", "password"}
        assert login(sandbox, account)["did"] == account.native_id
        return
    ask = (of_bluesky if platform == "bluesky" else of_mastodon)(sandbox, account, entry)
    body = sandbox.answer(ask).body
    assert isinstance(body, list) or body.get("feed") or body.get("posts") or account.handle in body.values()
    assert body
