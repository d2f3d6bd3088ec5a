"""LinkedIn's Community Management API: posts, organic statistics, days, followers and comments of the pages' owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, instant
from pipelines.sandbox.exchange import Answer, Dialect, Refusal, RefusalError
from pipelines.sandbox.linkedin_comments import comments, metadata
from pipelines.sandbox.offers import SERIES
from pipelines.sandbox.restli import QueryError, parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

SOME, MOST = 10, 100
YEAR = 365 * DAY
GONE = "202512"
"""The last version that has been switched off (none is issued for December)."""
FOLLOWERS_LATE = 2 * DAY
_GAINS = ("organicFollowerGain", "paidFollowerGain")
_TOTALS = tuple(name for name in SERIES["linkedin"] if name not in {*_GAINS, "allPageViews"})


def speaks(ask: Ask) -> bool:
    """Whether a request is LinkedIn's."""
    return ask.path.startswith("/rest/")


def refuse(status: int, code: str, message: str, number: int | None = None) -> RefusalError:
    """LinkedIn's error object."""
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    return RefusalError(Answer(body=body | ({} if number is None else {"serviceErrorCode": number}), status=status))


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a request to `/rest/...`."""
    try:
        account = _account_of(ask, served)
        _check_headers(ask, served)
        name, *rest = [part for part in ask.path.removeprefix("/rest/").split("/") if part] or [""]
        reader = _Reader(ask, served, account)
        finder = _FINDERS.get(name)
        if finder is None:
            raise refuse(404, "RESOURCE_NOT_FOUND", f"No virtual resource found: {name}")
        return Answer(body=finder(reader, rest))
    except QueryError as error:
        raise refuse(400, "ILLEGAL_ARGUMENT", "Syntax exception in query parameters") from error
    except RefusalError as refusal:
        if not served.linkedin_error_words and isinstance(refusal.answer.body, dict):
            refusal.answer.body.pop("code", None)
            refusal.answer.body.pop("serviceErrorCode", None)
        raise


def _account_of(ask: Ask, served: Served) -> Account:
    owner = served.tokens.owner("linkedin", ask.bearer())
    if owner is None:
        raise refuse(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
    return served.world.elsewhere.accounts_by_native_id["linkedin", owner]


def _check_headers(ask: Ask, served: Served) -> None:
    version = ask.headers.get("linkedin-version", "")
    if not version:
        raise refuse(
            400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the header."
        )
    if version <= GONE or version > served.linkedin_newest_version or version.endswith("12"):
        raise refuse(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
    if ask.headers.get("x-restli-protocol-version") != "2.0.0":
        raise refuse(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")


class _Reader:
    """One request of one page's owner."""

    def __init__(self, ask: Ask, served: Served, account: Account) -> None:
        self.ask, self.served, self.account = ask, served, account
        self.world = served.world.elsewhere
        self.query = parse_query(ask.raw_query)
        self.urn = f"urn:li:organization:{account.native_id}"

    def check_owner(self, urn: object) -> None:
        if urn != self.urn:
            raise refuse(403, "ACCESS_DENIED", "Not enough permissions to access the organization", 100)

    def place(self) -> tuple[int, int]:
        """Start and count; a page holds less than was asked for where the sandbox caps it."""
        try:
            start, count = int(self.query.get("start", 0)), int(self.query.get("count", SOME))
        except ValueError as error:
            raise QueryError("start or count") from error
        if start < 0 or not 1 <= count <= MOST:
            raise refuse(400, "ILLEGAL_ARGUMENT", "Invalid start or count")
        return start, min(count, self.served.page_cap)

    def listed(self, elements: list[Any]) -> dict[str, Any]:
        """A page of a list; `total` is not told."""
        start, count = self.place()
        if start and "duplicate_page" in self.ask.faults:
            start = max(0, start - count)
        shown = [element for element in elements[start : start + count] if element is not None]
        return {"paging": {"start": start, "count": count, "links": []}, "elements": shown}

    def network(self, rest: list[str]) -> dict[str, Any]:
        self.check_owner(rest[0] if rest else None)
        followers = self.world.audience.followers(self.account.number, np.array([self.ask.now]))
        return {"firstDegreeSize": int(followers[0])}

    def posts(self, rest: list[str]) -> dict[str, Any]:
        """Posts by author. One that was taken away leaves a hole in the offsets for as long as it would be listed."""
        if rest:
            return self._post(self.number_of(rest[0]))
        self.check_owner(self.query.get("author"))
        now, posts = self.ask.now, self.world.posts
        numbers = [int(n) for n in self.world.posts_by_account[self.account.number] if posts.published[n] <= now]
        by_change = self.query.get("sortBy", "LAST_MODIFIED") == "LAST_MODIFIED"
        numbers.sort(key=lambda n: (self._changed(n) if by_change else int(posts.published[n]), n), reverse=True)
        return self.listed([self._post(n) if self.world.stands(n, now) else None for n in numbers])

    def number_of(self, urn: str) -> int:
        """A post that stands, of the owner's page."""
        number = self.world.posts_by_id.get(f"linkedin:{urn}")
        if number is None or not self.world.stands(number, self.ask.now):
            raise refuse(404, "NOT_FOUND", "The requested post is not found")
        self.check_owner(f"urn:li:organization:{self.world.author(number).native_id}")
        return number

    def _changed(self, number: int) -> int:
        edited = int(self.world.posts.edited_at[number])
        return edited if edited <= self.ask.now else int(self.world.posts.published[number])

    def _post(self, number: int) -> dict[str, Any]:
        published, changed = int(self.world.posts.published[number]), self._changed(number)
        return {
            "id": self.world.posts.native_ids[number], "author": self.urn, "visibility": "PUBLIC",
            "commentary": self.world.post(number).text_at(instant(self.ask.now)), "lifecycleState": "PUBLISHED",
            "createdAt": published * 1000, "publishedAt": published * 1000, "lastModifiedAt": changed * 1000,
            "isReshareDisabledByAuthor": False, "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleStateInfo": {"isEditedByAuthor": changed > published},
        }  # fmt: skip

    def shares(self, _rest: list[str]) -> dict[str, Any]:
        """Share statistics: of posts, of days, or of everything."""
        self.check_owner(self.query.get("organizationalEntity"))
        kinds = [name for name in ("shares", "ugcPosts") if name in self.query]
        if len(kinds) > 1:
            raise refuse(400, "ILLEGAL_ARGUMENT", "Only one of shares and ugcPosts may be asked for")
        if kinds:
            return self._of_posts(kinds[0].removesuffix("s"), self.query[kinds[0]])
        days = self.days()
        if days is None:
            days = [(max(0, self.ask.now - YEAR) // DAY * DAY, self.ask.now // DAY * DAY)]
        values = {name: self.series(name, days) for name in _TOTALS}
        figures = [{name: int(value[place]) for name, value in values.items()} for place in range(len(days))]
        return self.listed(
            [self._dated(day, "totalShareStatistics", _with_ratio(one)) for day, one in zip(days, figures, strict=True)]
        )

    def _of_posts(self, kind: str, urns: list[str]) -> dict[str, Any]:
        """One element per post; a post on which nothing has happened is left out, and so is one of last year."""
        found: list[dict[str, Any]] = []
        for urn in urns:
            number = self.world.posts_by_id.get(f"linkedin:{urn}")
            if number is None or f":{kind}:" not in urn or not self.world.stands(number, self.ask.now):
                continue
            metrics = self.world.metrics("linkedin", np.array([number]), np.array([self.ask.now]))
            counts = {name: int(value[0]) for name, value in metrics.items()}
            if any(counts.values()) and self.world.posts.published[number] > self.ask.now - YEAR:
                more = {"shareMentionsCount": 0, "commentMentionsCount": 0}
                totals = _with_ratio(counts) | more
                found.append({"organizationalEntity": self.urn, kind: urn, "totalShareStatistics": totals})
        return self.listed(found)

    def followers(self, _rest: list[str]) -> dict[str, Any]:
        """Followers gained by day; days younger than two days are not told yet."""
        self.check_owner(self.query.get("organizationalEntity"))
        days = self.days()
        if days is None:
            return self.listed([{"organizationalEntity": self.urn, "followerCountsBySeniority": []}])
        days = [day for day in days if day[1] <= self.ask.now - FOLLOWERS_LATE]
        values = {name: self.series(name, days) for name in _GAINS}
        return self.listed(
            [
                self._dated(day, "followerGains", {name: int(value[place]) for name, value in values.items()})
                for place, day in enumerate(days)
            ]
        )

    def views(self, _rest: list[str]) -> dict[str, Any]:
        """Views of the page by day."""
        self.check_owner(self.query.get("organization"))
        days = self.days() or []
        values = self.series("allPageViews", days)
        return self.listed(
            [
                self._dated(day, "totalPageStatistics", {"views": {"allPageViews": {"pageViews": int(value)}}})
                for day, value in zip(days, values, strict=True)
            ]
        )

    def days(self) -> list[tuple[int, int]] | None:
        """Whole UTC days of the asked interval that are over; None if none was asked for."""
        asked = self.query.get("timeIntervals")
        if asked is None:
            return None
        try:
            span = asked["timeRange"]
            start, end = (int(span[name]) // 1000 for name in ("start", "end"))
            if asked["timeGranularityType"] != "DAY":
                raise QueryError("granularity")
        except (KeyError, TypeError, ValueError) as error:
            raise QueryError("timeIntervals") from error
        first, last = -(-start // DAY) * DAY, min(end, self.ask.now) // DAY * DAY
        return [(day, day + DAY) for day in range(first, last, DAY)]

    def series(self, metric: str, days: list[tuple[int, int]]) -> list[int]:
        if not days:
            return []
        edges = np.array([days[0][0], *(end for _, end in days)], dtype=np.int64)
        values = [int(value) for value in self.world.series(self.account.number, metric, edges, self.ask.now)]
        return values if self.served.linkedin_negative_days else [max(0, value) for value in values]

    def _dated(self, day: tuple[int, int], name: str, figures: dict[str, Any]) -> dict[str, Any]:
        span = {"start": day[0] * 1000, "end": day[1] * 1000}
        return {"organizationalEntity": self.urn, "timeRange": span, name: figures}

    def actions(self, rest: list[str]) -> dict[str, Any]:
        if len(rest) != 2 or rest[1] != "comments":
            raise refuse(404, "RESOURCE_NOT_FOUND", "No virtual resource found")
        return self.listed(comments(self.served, self.urn, rest[0], self.number_of, self.ask.now))

    def metadata(self, rest: list[str]) -> dict[str, Any]:
        number = self.number_of(rest[0] if rest else "")
        return metadata(self.world, number, self.ask.now)

    def acls(self, _rest: list[str]) -> dict[str, Any]:
        role = {"role": "ADMINISTRATOR", "state": "APPROVED", "organization": self.urn}
        return self.listed([role | {"roleAssignee": "urn:li:person:sandbox"}])


def _with_ratio(counts: dict[str, int]) -> dict[str, Any]:
    acts = sum(counts[name] for name in ("clickCount", "likeCount", "commentCount", "shareCount"))
    seen = counts["impressionCount"]
    return counts | {"engagement": acts / seen if seen else 0.0}


_FINDERS: dict[str, Callable[[_Reader, list[str]], dict[str, Any]]] = {
    "networkSizes": _Reader.network,
    "posts": _Reader.posts,
    "organizationalEntityShareStatistics": _Reader.shares,
    "organizationalEntityFollowerStatistics": _Reader.followers,
    "organizationPageStatistics": _Reader.views,
    "socialActions": _Reader.actions,
    "socialMetadata": _Reader.metadata,
    "organizationAcls": _Reader.acls,
}
_LIMIT = "Resource level throttle limit for calls to this resource is reached."

DIALECT = Dialect(
    name="linkedin",
    speaks=speaks,
    start=lambda: answer,
    refusals={
        "linkedin_limit": Refusal(
            lambda _: refuse(429, "TOO_MANY_REQUESTS", _LIMIT, 101), "LinkedIn 429, without a header"
        ),
        "linkedin_revoked": Refusal(
            lambda _: refuse(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked", 65601),
            "LinkedIn 401, 65601: the token was revoked",
        ),
        "linkedin_denied": Refusal(
            lambda _: refuse(403, "ACCESS_DENIED", "Not enough permissions to access: posts.FINDER-author", 100),
            "LinkedIn 403: a permission is missing",
        ),
        "linkedin_sunset": Refusal(
            lambda _: refuse(426, "NONEXISTENT_VERSION", "Requested version 20251101 is not active"),
            "LinkedIn 426: the version was switched off",
        ),
    },
)
