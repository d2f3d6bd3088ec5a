"""Bluesky's `app.bsky.*` methods: profiles, feeds, threads and lists of people. Sessions begin in `logins.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.bluesky_sessions import Sessions, refuse
from pipelines.sandbox.calendar import instant
from pipelines.sandbox.conversation import citizen
from pipelines.sandbox.exchange import Answer, CursorError, Dialect, Refusal, cut
from pipelines.sandbox.native_ids import cid, post_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.conversation import Citizen, Comment
    from pipelines.sandbox.elsewhere import Elsewhere
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

FUTURE_EVERY = 13
"""After every so many posts, a client claims a createdAt of next month."""
MOST_URIS = 25


def speaks(ask: Ask) -> bool:
    """Whether a request is an XRPC call."""
    return ask.path.startswith("/xrpc/")


class Bluesky:
    """The AppView and the login server in one."""

    def __init__(self) -> None:
        self._sessions = Sessions()

    def answer(self, ask: Ask, served: Served) -> Answer:
        """Answer a request to `/xrpc/...`."""
        method = ask.path.removeprefix("/xrpc/")
        headers = self._sessions.admit(ask, served)
        read = _METHODS.get(method)
        if read is None:
            raise refuse("MethodNotImplemented", "Method Not Implemented", 501)
        return Answer(body=read(_Reader(ask, served)), headers=headers)


def _iso(at: int, milliseconds: int = 0) -> str:
    return (instant(at) + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )  # fmt: skip


class _Reader:
    def __init__(self, ask: Ask, served: Served) -> None:
        self.ask, self.served, self.now = ask, served, ask.now
        self.world: Elsewhere = served.world.elsewhere

    def account(self, actor: str) -> Account:
        """The account of a did or a handle."""
        found = [a for a in self.world.accounts if a.platform == "bluesky" and actor in (a.native_id, a.handle)]
        if not found:
            raise refuse("InvalidRequest", "Profile not found", 400)
        return found[0]

    def number(self, uri: str) -> int:
        """The post of ours at an address."""
        number = self.world.posts_by_id.get(f"bluesky:{uri}")
        if number is None or not self.world.stands(number, self.now):
            raise refuse("NotFound", f"Post not found: {uri}", 400)
        return number

    def limit(self, default: int = 50) -> int:
        """What a page may hold."""
        text = self.ask.query.get("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= 100:
            raise refuse("InvalidRequest", "Error: Params must have the property limit between 1 and 100", 400)
        return int(text)

    def page(self, numbers: list[int], name: str, render: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
        """One page of a list, highest number first."""
        try:
            part = cut(
                numbers, limit=self.limit(), cursor=self.ask.query.get("cursor"), served=self.served,
                faults=self.ask.faults,
            )  # fmt: skip
        except CursorError as error:
            raise refuse("InvalidRequest", "Malformed cursor", 400) from error
        body: dict[str, Any] = {name: [render(number) for number in part.numbers]}
        return body | ({"cursor": part.after} if part.has_next else {})

    def profile(self) -> dict[str, Any]:
        return self.profile_of(self.account(self.ask.query.get("actor", "")))

    def profiles(self) -> dict[str, Any]:
        known = {a.native_id for a in self.world.accounts} | {a.handle for a in self.world.accounts}
        return {"profiles": [self.profile_of(self.account(one)) for one in self.ask.listed("actors") if one in known]}

    def profile_of(self, account: Account) -> dict[str, Any]:
        levels = self.world.account_metrics(account.number, instant(self.now))
        return {
            "did": account.native_id, "handle": account.handle, "displayName": account.name,
            "description": "Simulerat konto.", **levels, "createdAt": _iso(account.opened_at),
            "indexedAt": _iso(account.opened_at), "labels": [],
        }  # fmt: skip

    def handle(self) -> dict[str, Any]:
        wanted = self.ask.query.get("handle", "")
        found = [a.native_id for a in self.world.accounts if a.platform == "bluesky" and a.handle == wanted]
        if not found:
            raise refuse("InvalidRequest", "Unable to resolve handle", 400)
        return {"did": found[0]}

    def feed(self) -> dict[str, Any]:
        account = self.account(self.ask.query.get("actor", ""))
        items = {item.key: item for item in self.world.timeline(account.number, self.now)}

        def render(key: int) -> dict[str, Any]:
            item = items[key]
            view: dict[str, Any] = {"post": self.post(item.number)}
            if item.is_repost:
                view["reason"] = {
                    "$type": "app.bsky.feed.defs#reasonRepost", "by": self.basic(account), "uri": item.native_id,
                    "cid": cid(item.native_id), "indexedAt": _iso(item.at),
                }  # fmt: skip
            return view

        body = self.page(list(items), "feed", render)
        pinned = self.world.pinned(account.number, self.now)
        wants_pins = self.ask.query.get("includePins") == "true" and "cursor" not in self.ask.query
        if wants_pins and pinned is not None:
            pin = {"post": self.post(pinned), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}
            body["feed"].insert(0, pin)
        return body

    def basic(self, who: Account | Citizen) -> dict[str, Any]:
        return {"did": who.native_id, "handle": who.handle, "displayName": who.name, "labels": []}

    def post(self, number: int) -> dict[str, Any]:
        post, at = self.world.post(number), int(self.world.posts.published[number])
        claims_future = number % FUTURE_EVERY == 5
        counters = self.world.metrics("bluesky", np.array([number]), np.array([self.now]))
        return {
            "uri": post.native_id,
            "cid": self.world.cid(number, self.now),
            "author": self.basic(post.account),
            "record": {
                "$type": "app.bsky.feed.post", "text": post.text_at(instant(self.now)), "langs": ["sv"],
                "createdAt": _iso(at + 31 * 86400 if claims_future else at),
            },
            **{name: int(value[0]) for name, value in counters.items() if value[0] >= 0},
            "indexedAt": _iso(at, 0 if claims_future else 812),
            "labels": [],
        }  # fmt: skip

    def posts(self) -> dict[str, Any]:
        """Those that stand; the others are silently left out."""
        uris = self.ask.listed("uris")
        if not 1 <= len(uris) <= MOST_URIS:
            raise refuse("InvalidRequest", f"Error: uris must not have more than {MOST_URIS} elements", 400)
        numbers = [self.world.posts_by_id.get(f"bluesky:{uri}") for uri in uris]
        return {"posts": [self.post(n) for n in numbers if n is not None and self.world.stands(n, self.now)]}

    def thread(self) -> dict[str, Any]:
        number = self.number(self.ask.query.get("uri", ""))
        text = self.ask.query.get("depth", "6")
        if not text.isdigit() or int(text) > 1000:
            raise refuse("InvalidRequest", "Error: depth can not be greater than 1000", 400)
        comments = self.world.comments_of(number, self.now)
        root = self.post(number)

        def below(parent: int | None, depth: int) -> dict[str, Any]:
            own = [comment for comment in comments if comment.parent == parent] if depth > 0 else []
            return {"replies": [node(comment, depth - 1) for comment in own]} if depth > 0 else {}

        def node(comment: Comment, depth: int) -> dict[str, Any]:
            children = sum(other.parent == comment.number for other in comments)
            view = self.reply(comment, root, children)
            return {"$type": "app.bsky.feed.defs#threadViewPost", "post": view, **below(comment.number, depth)}

        return {"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": root, **below(None, int(text))}}

    def reply(self, comment: Comment, root: dict[str, Any], children: int) -> dict[str, Any]:
        parent = comment.parent_id or root["uri"]
        reference = {"uri": root["uri"], "cid": root["cid"]}
        above = reference if parent == root["uri"] else {"uri": parent, "cid": cid(parent)}
        author = {"did": comment.author_id, "handle": comment.author_handle, "displayName": comment.author_name}
        return {
            "uri": comment.native_id, "cid": cid(comment.native_id), "author": author | {"labels": []},
            "record": {
                "$type": "app.bsky.feed.post", "text": comment.text, "createdAt": _iso(comment.created_at),
                "reply": {"root": reference, "parent": above},
            },
            "replyCount": children, "repostCount": 0, "likeCount": 0, "quoteCount": 0, "bookmarkCount": 0,
            "indexedAt": _iso(comment.created_at, 400), "labels": [],
        }  # fmt: skip

    def people(self, family: str, name: str) -> dict[str, Any]:
        """Who liked or passed on a post, newest first: a few more than its counter says."""
        uri = self.ask.query.get("uri", "")
        number = self.number(uri)
        count = self.world.listed(family, number, self.now)
        at = _iso(int(self.world.posts.published[number]))

        def render(place: int) -> dict[str, Any]:
            actor = self.basic(citizen("bluesky", place))
            return actor if family == "shares" else {"actor": actor, "createdAt": at, "indexedAt": at}

        return self.page(list(range(count, 0, -1)), name, render) | {"uri": uri}

    def quotes(self) -> dict[str, Any]:
        uri = self.ask.query.get("uri", "")
        number = self.number(uri)
        quoted, at = self.post(number), int(self.world.posts.published[number]) + 600
        account = self.world.author(number)

        def render(place: int) -> dict[str, Any]:
            who = citizen("bluesky", place)
            own = post_id("bluesky", account, 60_000 + place, at).replace(account.native_id, who.native_id)
            embed = {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": quoted["cid"]}}
            record = {"$type": "app.bsky.feed.post", "text": "Läs detta", "createdAt": _iso(at), "embed": embed}
            return {"uri": own, "cid": cid(own), "author": self.basic(who), "record": record, "indexedAt": _iso(at)}

        count = self.world.listed("quotes", number, self.now)
        return self.page(list(range(count, 0, -1)), "posts", render) | {"uri": uri}


_METHODS: dict[str, Callable[[_Reader], dict[str, Any]]] = {
    "app.bsky.actor.getProfile": _Reader.profile,
    "app.bsky.actor.getProfiles": _Reader.profiles,
    "app.bsky.feed.getAuthorFeed": _Reader.feed,
    "app.bsky.feed.getPosts": _Reader.posts,
    "app.bsky.feed.getPostThread": _Reader.thread,
    "app.bsky.feed.getLikes": lambda reader: reader.people("likes", "likes"),
    "app.bsky.feed.getRepostedBy": lambda reader: reader.people("shares", "repostedBy"),
    "app.bsky.feed.getQuotes": _Reader.quotes,
    "com.atproto.identity.resolveHandle": _Reader.handle,
}

DIALECT = Dialect(
    name="bluesky",
    speaks=speaks,
    start=lambda: Bluesky().answer,
    refusals={
        "bluesky_limit": Refusal(
            lambda now: refuse("RateLimitExceeded", "Rate Limit Exceeded", 429, left=0, now=now),
            "Bluesky 429 with RateLimit-Reset",
        ),
        "bluesky_expired_token": Refusal(
            lambda _: refuse("ExpiredToken", "Token has expired", 400), "Bluesky: ExpiredToken, as HTTP 400"
        ),
        "bluesky_upstream": Refusal(
            lambda _: refuse("UpstreamFailure", "Upstream service unreachable", 502), "Bluesky 502, UpstreamFailure"
        ),
    },
)
