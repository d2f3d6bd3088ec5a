"""Mastodon's API v1 and v2 of two servers at one address: accounts, statuses, contexts, and lists of people."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import instant
from pipelines.sandbox.conversation import citizen
from pipelines.sandbox.exchange import Answer, Dialect, Refusal, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipelines.sandbox.conversation import Citizen, Comment
    from pipelines.sandbox.elsewhere import Elsewhere, Item
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

LIMIT, WINDOW = 300, 300
SHORT_AFTER = 1
"""The page after so many is short."""


def speaks(ask: Ask) -> bool:
    """Whether a request is for a Mastodon server."""
    return ask.path.startswith(("/api/v1/", "/api/v2/"))


def refuse(status: int, text: str, now: int = 0) -> RefusalError:
    """A no, in a sentence."""
    headers = _rate(0, now) if status == 429 else {}
    return RefusalError(Answer(status=status, body={"error": text}, headers=headers))


def _rate(left: int, now: int) -> dict[str, str]:
    reset = instant(now // WINDOW * WINDOW + WINDOW) + timedelta(microseconds=123456)
    return {
        "X-RateLimit-Limit": str(LIMIT), "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": reset.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }  # fmt: skip


def _iso(at: int) -> str:
    return instant(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Mastodon:
    """The dialect, with its memory of how often each token asked."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], int] = {}

    def answer(self, ask: Ask, served: Served) -> Answer:
        """Answer a request to `/api/...`."""
        token = ask.bearer()
        owner = served.tokens.owner("mastodon", token) if token else None
        if token and owner is None:
            raise refuse(401, "The access token is invalid")
        if not token and served.mastodon_wants_token:
            raise refuse(401, "This method requires an authenticated user")
        key = (token, ask.now // WINDOW)
        used = self._asked[key] = self._asked.get(key, 0) + 1
        if used > LIMIT:
            raise refuse(429, "Too many requests", ask.now)
        answered = _Reader(ask, served, owner).read([part for part in ask.path.split("/") if part][2:])
        answered.headers |= _rate(LIMIT - used, ask.now)
        return answered


class _Reader:
    def __init__(self, ask: Ask, served: Served, owner: str | None) -> None:
        self.ask, self.served, self.owner, self.now = ask, served, owner, ask.now
        self.world: Elsewhere = served.world.elsewhere

    def read(self, parts: list[str]) -> Answer:
        match parts:
            case ["accounts", *rest]:
                return self.of_account(rest)
            case ["instance"]:
                return Answer(body={"domain": "social.exempel.example", "title": "Exempel", "version": "4.7.0",
                                    "api_versions": {"mastodon": 7}, "configuration": {}, "rules": []})  # fmt: skip
            case ["statuses"]:
                found = [self.find(one) for one in self.ask.listed("id[]")]
                return Answer(body=[self.status(item) for item in found if item is not None])
            case ["statuses", number, *rest]:
                return self.of_status(number, rest)
            case _:
                raise refuse(404, "Record not found")

    def of_account(self, parts: list[str]) -> Answer:
        match parts:
            case ["lookup"]:
                name = self.ask.query.get("acct", "").partition("@")[0]
                return Answer(body=self.profile(self.known(lambda account: account.handle == name)))
            case ["verify_credentials"]:
                return Answer(body=self.profile(self.known(lambda account: account.native_id == self.owner)))
            case [number]:
                return Answer(body=self.profile(self.account(number)))
            case [number, "statuses"]:
                return self.timeline(self.account(number))
            case _:
                raise refuse(404, "Record not found")

    def of_status(self, number: str, rest: list[str]) -> Answer:
        item = self.find(number)
        if item is None:
            raise refuse(404, "Record not found")
        match rest:
            case []:
                return Answer(body=self.status(item))
            case ["context"]:
                below = [self.reply(comment) for comment in self.world.comments_of(item.number, self.now)]
                most = len(below) if self.owner else 60
                return Answer(body={"ancestors": [], "descendants": below[:most]})
            case ["favourited_by" | "reblogged_by" | "quotes" as what]:
                family = {"favourited_by": "likes", "reblogged_by": "shares", "quotes": "quotes"}[what]
                return self.people(item, family)
            case _:
                raise refuse(404, "Record not found")

    def known(self, test: Callable[[Account], bool]) -> Account:
        found = [a for a in self.world.accounts if a.platform == "mastodon" and test(a)]
        if not found:
            raise refuse(404, "Record not found")
        return found[0]

    def account(self, number: str) -> Account:
        """An account by its number, asked for with no token or one of its own server."""
        account = self.known(lambda one: one.native_id.partition("@")[0] == number)
        if self.owner is not None and not self.owner.endswith(f"@{account.home}"):
            raise refuse(401, "The access token is invalid")
        return account

    def profile(self, account: Account) -> dict[str, Any]:
        levels = self.world.account_metrics(account.number, instant(self.now))
        items = self.world.timeline(account.number, self.now)
        last = instant(items[0].at).date().isoformat() if items else None
        own = self._person(account.native_id.partition("@")[0], account.handle, account.name, account.home)
        return own | levels | {"last_status_at": last, "created_at": _iso(account.opened_at)}

    def _person(self, number: str, handle: str, name: str, home: str) -> dict[str, Any]:
        address = f"https://{home}/@{handle}"
        return {
            "id": number, "username": handle, "acct": handle, "display_name": name, "locked": False, "bot": False,
            "group": False, "discoverable": True, "indexable": True, "created_at": "2022-11-01T00:00:00.000Z",
            "note": "<p>Simulerat konto.</p>", "url": address, "uri": f"https://{home}/users/{handle}",
            "avatar": f"{address}.png", "avatar_static": f"{address}.png", "header": f"{address}.png",
            "header_static": f"{address}.png", "followers_count": 1, "following_count": 1, "statuses_count": 1,
            "last_status_at": None, "emojis": [], "fields": [],
        }  # fmt: skip

    def citizen(self, who: Citizen, home: str) -> dict[str, Any]:
        return self._person(who.native_id, who.handle, who.name, home)

    def find(self, number: str) -> Item | None:
        accounts = [a.number for a in self.world.accounts if a.platform == "mastodon"]
        items = (item for one in accounts for item in self.world.timeline(one, self.now) if not item.is_repost)
        return next((item for item in items if _number(item) == number), None)

    def timeline(self, account: Account) -> Answer:
        """Newest first; the second page is short, and the last one's next is empty."""
        query, ignores = self.ask.query, "mastodon_ignores_filters" in self.ask.faults
        drops = query.get("exclude_reblogs") == "true" and not ignores
        items = [item for item in self.world.timeline(account.number, self.now) if not (drops and item.is_repost)]
        return self.page({int(_number(item)): item for item in items}, lambda item: self.status(item, account), 40)

    def page(self, items: Mapping[int, Any], render: Callable[[Any], dict[str, Any]], most: int) -> Answer:
        query = self.ask.query
        keys = sorted(items, reverse=True)
        before = int(query.get("max_id") or 2**80)
        after = max(int(query.get("since_id") or 0), int(query.get("min_id") or 0))
        size = min(int(query.get("limit") or 20), most, self.served.page_cap)
        rest = [key for key in keys if after < key < before]
        if len(keys) - len(rest) == SHORT_AFTER * size:
            size = max(1, size * 2 // 3)
        shown = rest[:size]
        least = shown[-1] if shown else None
        if before < 2**80:
            again = [key for key in keys if key >= before]
            repeated = {"duplicate_page": again[-size:], "post_between_pages": again[-1:]}
            shown = [key for name in repeated if name in self.ask.faults for key in repeated[name]] + shown
        headers: dict[str, str] = {}
        if least is not None:
            place = f"{self.ask.base}{self.ask.path}?limit={query.get('limit', '20')}"
            headers["Link"] = f'<{place}&max_id={least}>; rel="next", <{place}&min_id={shown[0]}>; rel="prev"'
        return Answer(body=[render(items[key]) for key in shown], headers=headers)

    def status(self, item: Item, by: Account | None = None) -> dict[str, Any]:
        world, number = self.world, item.number
        post = world.post(number)
        if item.is_repost and by is not None:
            original = next(one for one in world.timeline(post.account.number, self.now) if one.number == number)
            return self._status(_number(item), by, item.at, "") | {"reblog": self.status(original)}
        counters = world.metrics("mastodon", np.array([number]), np.array([self.now]))
        shown = {name: int(value[0]) for name, value in counters.items() if value[0] >= 0}
        if "mastodon_no_quotes" in self.ask.faults:
            shown.pop("quotes_count", None)
        edited = post.edited_at if post.edited_at is not None and post.edited_at <= instant(self.now) else None
        own = self._status(_number(item), post.account, item.at, post.text_at(instant(self.now)))
        return own | shown | {"edited_at": _iso(int(edited.timestamp())) if edited else None}

    def _status(self, number: str, by: Account, at: int, text: str) -> dict[str, Any]:
        content = f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>" if text else ""
        own_number = by.native_id.partition("@")[0]
        return {
            "id": number, "created_at": _iso(at), "in_reply_to_id": None, "in_reply_to_account_id": None,
            "sensitive": False, "spoiler_text": "", "visibility": "public", "language": "sv",
            "uri": f"https://{by.home}/users/{by.handle}/statuses/{number}",
            "url": f"https://{by.home}/@{by.handle}/{number}", "replies_count": 0, "reblogs_count": 0,
            "favourites_count": 0, "edited_at": None, "content": content, "reblog": None,
            "account": self._person(own_number, by.handle, by.name, by.home), "media_attachments": [], "mentions": [],
            "tags": [], "emojis": [], "card": None, "poll": None,
        }  # fmt: skip

    def reply(self, comment: Comment) -> dict[str, Any]:
        author = self.world.author(comment.post)
        root = self.world.posts.native_ids[comment.post].partition("@")[0]
        own = self._status(comment.native_id, author, comment.created_at, comment.text)
        number = comment.author_id.partition("@")[0]
        writer = self._person(number, comment.author_handle, comment.author_name, author.home)
        return own | {"account": writer, "in_reply_to_id": comment.parent_id or root}

    def people(self, item: Item, family: str) -> Answer:
        """Who liked, boosted or quoted a post: a few more than its counter says."""
        author = self.world.author(item.number)
        count = self.world.listed(family, item.number, self.now)

        def render(place: int) -> dict[str, Any]:
            who = self.citizen(citizen("mastodon", place), author.home)
            if family != "quotes":
                return who
            return self._status(str(int(_number(item)) + place), author, item.at + 600, "Läs") | {"account": who}

        return self.page({place: place for place in range(1, count + 1)}, render, 80)


def _number(item: Item) -> str:
    """The id on its own server."""
    return item.native_id.partition("@")[0]


DIALECT = Dialect(
    name="mastodon",
    speaks=speaks,
    start=lambda: Mastodon().answer,
    refusals={
        "mastodon_limit": Refusal(
            lambda now: refuse(429, "Too many requests", now), "Mastodon 429, X-RateLimit-Reset in ISO 8601"
        ),
        "mastodon_invalid_token": Refusal(
            lambda _: refuse(401, "The access token is invalid"), "Mastodon 401: the token is not accepted"
        ),
        "mastodon_suspended": Refusal(lambda _: refuse(410, "Gone"), "Mastodon 410: the account is suspended"),
    },
    shapes={
        "mastodon_ignores_filters": "Mastodon: boosts come although they were not asked for, as from other servers",
        "mastodon_no_quotes": "Mastodon: no `quotes_count`, as before 4.5 and from other servers",
    },
)
