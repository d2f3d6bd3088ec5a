"""X API v2, in the words of the request: `tweet.fields` and `retweet_count`, or `post.fields` and `repost_count`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import NEVER, instant, whole
from pipelines.sandbox.exchange import Answer, CursorError, Dialect, RefusalError, cut
from pipelines.sandbox.x_replies import found_by, mentions_of, reply_object, users_of
from pipelines.sandbox.x_words import REFUSALS, SHAPES, WINDOW, invalid, missing, problem, rate_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.calendar import Seconds
    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.posting import Places
    from pipelines.sandbox.units import Account

LIMITS = {"tweets": (10_000, 900), "user": (300, 900), "lookup": (3_500, 5_000), "said": (450, 300)}
"""Requests per 15 minutes: with an app's bearer, with a user's token."""
_OLD_NAMES = {
    "repost_count": "retweet_count", "post_count": "tweet_count", "referenced_posts": "referenced_tweets",
    "edit_history_post_ids": "edit_history_tweet_ids",
}  # fmt: skip
PRIVATE = ("non_public_metrics", "organic_metrics", "promoted_metrics")
EDITED_EVERY, EDITED_AFTER = 11, 1800
REPOST_EVERY = 11
"""Every so many own posts, an account passes on another's: reposts lie between the own posts of a timeline."""


def speaks(ask: Ask) -> bool:
    """Whether a request is X's."""
    return ask.path.startswith("/2/")


class X:
    """The dialect, with its memory of how often each token asked in each quarter of an hour."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str, int], int] = {}

    def answer(self, ask: Ask, served: Served) -> Answer:
        """Answer a request to `/2/...`."""
        token = _token_of(ask)
        owner = served.tokens.owner("x", token)
        if owner is None and token != served.tokens.x_app:
            raise problem("Unauthorized", "Unauthorized", "about:blank", 401)
        parts = [part for part in ask.path.removeprefix("/2/").split("/") if part]
        kind = _limit_of(parts)
        limit = LIMITS[kind][0 if owner is None else 1]
        key = (token, kind, ask.now // WINDOW)
        used = self._asked[key] = self._asked.get(key, 0) + 1
        headers = rate_headers(limit, used, ask.now)
        try:
            if used > limit:
                raise problem("Too Many Requests", "Too Many Requests", "about:blank", 429)
            body = _Reader(ask, served, owner).read(parts)
        except RefusalError as refusal:
            refusal.answer.headers |= headers
            raise
        return Answer(body=body, headers=headers)


def _limit_of(parts: list[str]) -> str:
    if parts[-1:] == ["mentions"] or parts[:2] == ["tweets", "search"]:
        return "said"
    return "lookup" if parts[:1] == ["tweets"] else "tweets" if parts[-1:] == ["tweets"] else "user"


def _token_of(ask: Ask) -> str:
    header = ask.headers.get("authorization", "")
    if header.startswith("OAuth "):
        found = re.search(r'oauth_token="([^"]+)"', header)
        return found[1] if found else ""
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else ""


def time_of(at: int) -> str:
    """X's way to write an instant."""
    return instant(at).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class _Reader:
    def __init__(self, ask: Ask, served: Served, owner: str | None) -> None:
        self.ask, self.served, self.owner = ask, served, owner
        query = ask.query
        words = {"tweet.fields": "old", "post.fields": "new"} if served.x_follows_request else {}
        said = next((vocabulary for name, vocabulary in words.items() if name in query), served.x_vocabulary)
        self.is_old = said == "old"
        wanted = query.get("tweet.fields") or query.get("post.fields") or ""
        self.fields = {name.strip() for name in wanted.split(",") if name.strip()}
        self.user_fields = {name.strip() for name in query.get("user.fields", "").split(",") if name.strip()}
        self.expansions = {name.strip() for name in query.get("expansions", "").split(",") if name.strip()}

    def read(self, parts: list[str]) -> dict[str, Any]:
        match parts:
            case ["users", "by", "username", handle]:
                found = [
                    a for a in self.served.world.accounts if a.platform == "x" and a.handle.lower() == handle.lower()
                ]
                return self._user(found[0] if found else None, "username", handle)
            case ["users", "me"]:
                if self.owner is None:
                    raise problem(
                        "Unsupported Authentication",
                        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
                        "unsupported-authentication", 403,
                    )  # fmt: skip
                return self._user(self._account(self.owner), "id", self.owner)
            case ["users", native_id]:
                return self._user(self._account(native_id), "id", native_id)
            case ["users", native_id, "tweets" | "mentions" as edge]:
                return (self._timeline if edge == "tweets" else self._mentions)(native_id)
            case ["tweets", *rest]:
                return self._posts(rest)
            case _:
                raise problem("Not Found", "Not Found", "about:blank", 404)

    def _posts(self, parts: list[str]) -> dict[str, Any]:
        match parts:
            case ["search", "recent"]:
                return self._search()
            case []:
                return self._lookup([part for part in self.ask.query.get("ids", "").split(",") if part])
            case [post_id]:
                found = self._lookup([post_id])
                return {name: value[0] if name == "data" else value for name, value in found.items()}
            case _:
                raise problem("Not Found", "Not Found", "about:blank", 404)

    def _account(self, native_id: str) -> Account | None:
        account = self.served.world.accounts_by_native_id.get(("x", native_id))
        return account if account is not None and account.opened_at <= self.ask.now else None

    def _check_owner(self, account: Account) -> None:
        if self.owner not in (None, account.native_id):
            raise problem("Forbidden", "Forbidden", "client-forbidden", 403, reason="client-not-enrolled")

    def _user(self, account: Account | None, parameter: str, value: str) -> dict[str, Any]:
        if account is None:
            return {"errors": [missing("user", value, parameter)]}
        self._check_owner(account)
        return {"data": self._user_object(account)}

    def _user_object(self, account: Account) -> dict[str, Any]:
        world = self.served.world
        mine = world.posts_by_account[account.number]
        followers = int(world.audience.followers(account.number, np.array([self.ask.now]))[0])
        posts = int((world.posts.published[mine] <= self.ask.now).sum())
        values: dict[str, Any] = {
            "created_at": time_of(account.opened_at),
            "description": "Simulerat konto.",
            "verified": True,
            "public_metrics": {
                "followers_count": followers, "following_count": 30 + account.number, self._named("post_count"): posts,
                "listed_count": followers // 300, "like_count": 12, "media_count": posts // 2,
            },
        }  # fmt: skip
        body = {"id": account.native_id, "name": account.name, "username": account.handle}
        return body | {name: value for name, value in values.items() if name in self.user_fields}

    def _named(self, name: str) -> str:
        return _OLD_NAMES[name] if self.is_old else name

    def _moment(self, name: str, default: int) -> int:
        text = self.ask.query.get(name)
        if not text:
            return default
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except ValueError as error:
            raise invalid(
                name, text, f"The `{name}` query parameter value [{text}] is not a valid RFC 3339 date-time"
            ) from error

    def _page_size(self, least: int) -> int:
        text = self.ask.query.get("max_results", "10")
        if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= 100:
            raise invalid(
                "max_results", text, f"The `max_results` query parameter value [{text}] is not between {least} and 100"
            )
        return int(text)

    def _timeline(self, native_id: str) -> dict[str, Any]:
        account = self._account(native_id)
        if account is None:
            return {"errors": [missing("user", native_id, "id")]}
        self._check_owner(account)
        by_key = dict(self._items(account))
        body = self._page(list(by_key), lambda key: self._post_object(by_key[key], key))
        if "data" in body and "author_id" in self.expansions:
            body["includes"] = {"users": [self._user_object(account)]}
        return body

    def _page(self, keys: list[int], render: Callable[[int], dict[str, Any]], least: int = 5) -> dict[str, Any]:
        """One page of posts, newest first, and how to go on."""
        token = self.ask.query.get("pagination_token") or self.ask.query.get("next_token")
        try:
            part = cut(keys, limit=self._page_size(least), cursor=token, served=self.served, faults=self.ask.faults)
        except CursorError as error:
            text = f"The `pagination_token` query parameter value [{token}] is not valid"
            raise invalid("pagination_token", str(token), text) from error
        data = [render(key) for key in part.numbers]
        withheld = [missing("post", data.pop()["id"], "id")] if data and self._bends("x_partial_errors") else []
        meta: dict[str, Any] = {"result_count": len(data)}
        if data:
            meta |= {"newest_id": data[0]["id"], "oldest_id": data[-1]["id"]}
        if part.has_next:
            meta["next_token"] = part.after
        if token:
            meta["previous_token"] = part.before
        return ({"data": data} if data else {}) | ({"errors": withheld} if withheld else {}) | {"meta": meta}

    def _bends(self, name: str) -> bool:
        return name in self.ask.faults

    def _replies(self, comments: list[Comment], least: int) -> dict[str, Any]:
        """Replies to posts, newest first, from the moments and ids asked for."""
        query = self.ask.query
        since, until = self._moment("start_time", 0), self._moment("end_time", NEVER)
        since_id, until_id = int(query.get("since_id") or 0), int(query.get("until_id") or 2**63)
        by_id = {
            int(comment.native_id): comment
            for comment in comments
            if since <= comment.created_at < until and since_id < int(comment.native_id) < until_id
        }

        def render(key: int) -> dict[str, Any]:
            comment = by_id[key]
            root = self.served.world.posts.native_ids[comment.post]
            return reply_object(comment, root=root, owner=self.served.world.author(comment.post), named=self._named,
                                fields=self.fields)  # fmt: skip

        body = self._page(sorted(by_id, reverse=True), render, least)
        if "data" in body and "author_id" in self.expansions:
            shown = [by_id[int(row["id"])] for row in body["data"]]
            body["includes"] = {"users": users_of(shown)}
        return body

    def _mentions(self, native_id: str) -> dict[str, Any]:
        account = self._account(native_id)
        if account is None:
            return {"errors": [missing("user", native_id, "id")]}
        self._check_owner(account)
        return self._replies(mentions_of(self.served.world, account, self.ask.now), 5)

    def _search(self) -> dict[str, Any]:
        query = self.ask.query.get("query", "")
        found = found_by(query, self.served.world, self.ask.now)
        if found is None:
            text = f"The `query` query parameter value [{query[:80]}] is not one the sandbox understands"
            raise invalid("query", query[:80], text)
        return self._replies(found, 10)

    def _items(self, account: Account) -> list[tuple[int, int]]:
        """Own posts and reposts that stand, newest first: (id as a number, number of the post it is or passes on)."""
        world, query = self.served.world, self.ask.query
        since, until = self._moment("start_time", 0), self._moment("end_time", NEVER)
        since_id, until_id = int(query.get("since_id") or 0), int(query.get("until_id") or 2**63)
        items: list[tuple[int, int]] = []
        for number in whole(world.posts_by_account[account.number]):
            own_id, at = int(world.posts.native_ids[number]), int(world.posts.published[number])
            candidates = [(own_id, number, at)]
            if number % REPOST_EVERY == 5 and "retweets" not in query.get("exclude", ""):
                candidates.append((own_id + (1800_000 << 22), self._passed_on(number), at + 1800))
            for key, post, moment in candidates:
                stands = world.posts.counters.deleted_at[post] > self.ask.now and moment <= self.ask.now
                if stands and since <= moment < until and since_id < key < until_id:
                    items.append((key, post))
        return sorted(items, reverse=True)

    def _passed_on(self, number: int) -> int:
        """The newest post of another X account that an account could have passed on by then."""
        world = self.served.world
        platform = world.platform_of(world.posts.account[:number])
        others: Places = np.flatnonzero((platform == 2) & (world.posts.account[:number] != world.posts.account[number]))
        return whole(others)[-1] if others.size else number

    def _post_object(self, number: int, key: int) -> dict[str, Any]:
        world = self.served.world
        own_id, post = str(key), world.post(number)
        is_repost = own_id != post.native_id
        counts = world.metrics("x", np.array([number]), np.array([self.ask.now]))
        at = int(world.posts.published[number]) if not is_repost else _time_in(key)
        author = post.account.native_id
        public = {
            self._named("repost_count"): int(counts["retweet_count"][0]),
            **{name: int(counts[name][0]) for name in ("reply_count", "like_count", "quote_count", "bookmark_count")},
            "impression_count": int(counts["impression_count"][0]),
        }
        values: dict[str, Any] = {
            "author_id": author,
            "created_at": time_of(at),
            "lang": "sv",
            "conversation_id": own_id,
            "public_metrics": public,
        }
        if is_repost:
            values[self._named("referenced_posts")] = [{"type": "retweeted", "id": post.native_id}]
        if self.fields.intersection(PRIVATE) and not is_repost:  # of another's post only its author knows more
            self._check_private(post.account)
            values["non_public_metrics"] = {
                "impression_count": public["impression_count"], "url_link_clicks": public["impression_count"] // 60,
                "user_profile_clicks": public["impression_count"] // 200,
            }  # fmt: skip
        text = f"RT @{post.account.handle}: {post.text}" if is_repost else post.text
        history = [own_id]
        is_edited = number % EDITED_EVERY == 5 and self.ask.now > at + EDITED_AFTER
        if self._bends("x_edited") and is_edited and not is_repost:
            history, text = [own_id, str(key + 1)], f"{text} (Rättad.)"
        body: dict[str, Any] = {"id": history[-1], "text": text, self._named("edit_history_post_ids"): history}
        return body | {name: value for name, value in values.items() if name in self.fields}

    def _check_private(self, account: Account) -> None:
        if self.owner != account.native_id:
            detail = "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint."
            raise problem("Unsupported Authentication", detail, "unsupported-authentication", 403)

    def _lookup(self, ids: list[str]) -> dict[str, Any]:
        if not ids or len(ids) > 100:
            raise invalid(
                "ids",
                ",".join(ids[:3]),
                "The number of values in the `ids` query parameter list is not between 1 and 100",
            )
        world = self.served.world
        data: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for one in ids:
            number = world.posts_by_id.get(f"x:{one}")
            if number is None or not _stands(
                world.posts.published, world.posts.counters.deleted_at, number, self.ask.now
            ):
                errors.append(missing("post", one, "ids"))
            else:
                data.append(self._post_object(number, int(one)))
        return ({"data": data} if data else {}) | ({"errors": errors} if errors else {})


def _stands(published: Seconds, deleted_at: Seconds, number: int, now: int) -> bool:
    return bool(published[number] <= now < deleted_at[number])


def _time_in(key: int) -> int:
    """The instant that an X id holds."""
    return ((key >> 22) + 1_288_834_974_657) // 1000


DIALECT = Dialect(name="x", speaks=speaks, start=lambda: X().answer, refusals=REFUSALS, shapes=SHAPES)
