"""Requests that public SDKs were seen to send to the six other platforms, sent again: each is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote

import pytest

from pipelines.sandbox.clock import SandboxClock
from pipelines.sandbox.exchange import Ask
from pipelines.sandbox.server import make_sandbox

TRACES = Path(__file__).parents[4] / "shared" / "reference" / "specs" / "wire_traces"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
FAMILIES = {
    "/xrpc/": "bluesky", "/api/": "mastodon", "/v1.0/": "threads", "/rest/": "linkedin", "/open_api/": "tiktok",
    "/youtube/": "youtube", "/v2/reports": "youtube",
}  # fmt: skip
CONTENT = ("data", "elements", "items", "columnHeaders", "feed", "posts", "did", "id", "accessJwt")

pytestmark = pytest.mark.skipif(not TRACES.is_dir(), reason="the recorded wire traces are not beside the repository")


def platform_of(path):
    return next((platform for start, platform in FAMILIES.items() if path.startswith(start)), None)


def recorded():
    if not TRACES.is_dir():
        return []
    return [
        pytest.param(entry, id=f"{path.stem}-{number}-{entry['h']['user-agent'].split('/')[0]}{entry['path']}")
        for path in sorted(TRACES.glob("*.json"))
        for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8")))
        if platform_of(entry["path"])
    ]


class Translated:
    """A recorded request with this world's ids, tokens and cursors, and nothing else changed."""

    def __init__(self, sandbox, entry):
        self.sandbox, self.entry = sandbox, entry
        self.platform = platform_of(entry["path"])
        world = sandbox.served.world.elsewhere
        self.account = next(a for a in world.accounts if a.platform == self.platform)
        mine = world.posts_by_account[self.account.number - world.accounts[0].number]
        self.posts = [world.posts.native_ids[n] for n in mine[:2]]
        self.token = sandbox.served.tokens.accounts[self.platform, self.account.native_id]

    def words(self):
        """What the recording said, and what it must say here."""
        own = self.account.native_id
        return {
            "bluesky": {
                "polisen.example": self.account.handle,
                "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/3laaaaaaaaa22": self.posts[0],
            },
            "mastodon": {
                "/accounts/7/": f"/accounts/{own.partition('@')[0]}/",
                "acct=polisen": f"acct={self.account.handle.partition('@')[0]}",
            },
            "threads": {"access_token=T": f"access_token={self.token}"},
            "linkedin": {"urn:li:organization:1": f"urn:li:organization:{own}"},
            "tiktok": {"business_id=b": f"business_id={own}"},
            "youtube": {
                "key=K": f"key={self.sandbox.served.tokens.youtube_key}", "UC1": own, "UU1": "UU" + own[2:],
                "v1,v2": ",".join(self.posts),
            },
        }[self.platform]  # fmt: skip

    def ask(self, cursors=()):
        path, raw, body = self.entry["path"], self.entry["raw"], self.entry.get("body") or ""
        for said, means in self.words().items():
            path, body = path.replace(said, means), body.replace(said, means)
            written = quote(said, safe="=&")
            raw = raw.replace(written, quote(means, safe="=&")) if written in raw else raw.replace(said, means)
        for name, value in cursors:
            raw = "&".join(
                f"{name}={quote(value, safe='')}" if part.startswith(f"{name}=") else part for part in raw.split("&")
            )
        headers = dict(self.entry["h"])
        if "authorization" in headers:
            headers["authorization"] = f"Bearer {self.session() if self.platform == 'bluesky' else self.token}"
        if "access-token" in headers:
            headers["access-token"] = self.token
        return Ask(
            path=path, query=dict(parse_qsl(raw, keep_blank_values=True)), raw_query=raw, headers=headers,
            base="http://127.0.0.1:1", now=int(NOW.timestamp()), method=self.entry["m"], body=self.login(body),
        )  # fmt: skip

    def session(self):
        """The token that Bluesky gives for an app password."""
        login = json.dumps({"identifier": self.account.handle, "password": self.token}).encode()
        path = "/xrpc/com.atproto.server.createSession"
        ask = Ask(path=path, query={}, headers={}, base="http://127.0.0.1:1", now=int(NOW.timestamp()), method="POST",
                  body=login)  # fmt: skip
        return self.sandbox.answer(ask).body["accessJwt"]

    def login(self, body):
        if "createSession" not in self.entry["path"]:
            return body.encode()
        return json.dumps({"identifier": self.account.handle, "password": self.token}).encode()


CURSORS = {"youtube": "pageToken", "mastodon": "max_id", "bluesky": "cursor"}


def next_place(platform, answer):
    if platform == "youtube":
        return answer.body["nextPageToken"]
    if platform == "bluesky":
        return answer.body["cursor"]
    return answer.body[0]["id"]


@pytest.mark.parametrize("entry", recorded())
def test_a_recorded_request_is_answered(world, entry):
    sandbox = make_sandbox(world, clock=SandboxClock(NOW))
    request = Translated(sandbox, entry)
    name = CURSORS.get(request.platform)
    cursors = []
    if name and name in entry["q"]:
        first = request.ask()
        without = {key: value for key, value in first.query.items() if key != name}
        raw = "&".join(part for part in first.raw_query.split("&") if not part.startswith(f"{name}="))
        raw += "&limit=5" if request.platform == "bluesky" else ""  # else the first page is the last
        without |= {"limit": "5"} if request.platform == "bluesky" else {}
        opening = Ask(path=first.path, query=without, raw_query=raw, headers=first.headers, base=first.base,
                      now=first.now)  # fmt: skip
        cursors = [(name, next_place(request.platform, sandbox.answer(opening)))]
    answer = sandbox.answer(request.ask(cursors))
    assert answer.status == 200
    body = answer.body
    if "timeIntervals" in entry["raw"]:  # days that this world has not come to
        assert body["elements"] == []
    else:
        assert body if isinstance(body, list) else any(body.get(word) for word in CONTENT), body


def test_every_other_platform_has_a_recorded_request():
    assert {platform_of(param.values[0]["path"]) for param in recorded()} == set(FAMILIES.values())
