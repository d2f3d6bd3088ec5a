"""YouTube's Data API v3 and Analytics API v2: numbers as text, reasons for every no, units by the Pacific day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipelines.sandbox import youtube_reports
from pipelines.sandbox.calendar import PACIFIC, instant, iso_z
from pipelines.sandbox.exchange import Answer, CursorError, Dialect, Refusal, cut
from pipelines.sandbox.youtube_comments import comment_object, of_thread, thread_object, threads_of
from pipelines.sandbox.youtube_no import disabled, forbidden, missing, no, not_authorised, quota, too_fast, unsupported
from pipelines.sandbox.youtube_videos import stat_object, upload_object, video_object

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.sandbox.elsewhere import Elsewhere
    from pipelines.sandbox.exchange import Ask, Served, Slice
    from pipelines.sandbox.units import Account

DATA = "/youtube/v3/"
REPORTS = "/v2/reports"
LIMIT = 10_000
"""Units of each bucket in a Pacific day."""
PAGE_CAP = 20
BATCH = "videos:batchGetStats"


def speaks(ask: Ask) -> bool:
    """Whether a request is YouTube's."""
    return ask.path.startswith(DATA) or ask.path == REPORTS


class YouTube:
    """The dialect, with its memory of what each key and token took of each bucket on each Pacific day."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str], int] = {}

    def answer(self, ask: Ask, served: Served) -> Answer:
        """Answer a request to either API."""
        key = ask.headers.get("x-goog-api-key") or ask.query.get("key", "")
        token = ask.bearer()
        owner = served.tokens.owner("youtube", token) if token else None
        if token and owner is None:
            raise not_authorised(ask.now)
        if not token and key != served.tokens.youtube_key:
            raise _bad_key() if key else forbidden("Method doesn't allow unregistered callers.")
        bucket = "reports" if ask.path == REPORTS else "batch" if ask.path.endswith(BATCH) else "units"
        place = (token or key, bucket, f"{instant(ask.now).astimezone(PACIFIC):%Y-%m-%d}")
        self._taken[place] = self._taken.get(place, 0) + 1
        if self._taken[place] > LIMIT:
            raise quota(ask.now)
        if ask.path == REPORTS:
            return Answer(body=youtube_reports.answer(ask, served, owner))
        return Answer(body=_Reader(ask, served, owner).read(ask.path.removeprefix(DATA)))


class _Reader:
    def __init__(self, ask: Ask, served: Served, owner: str | None) -> None:
        self.ask, self.served, self.owner = ask, served, owner
        self.world: Elsewhere = served.world.elsewhere
        self.parts = set(self._listed("part"))

    def read(self, what: str) -> dict[str, Any]:
        readers: dict[str, Callable[[], dict[str, Any]]] = {
            "channels": self._channels,
            "playlistItems": self._uploads,
            "videos": self._videos,
            BATCH: self._stats,
            "commentThreads": self._threads,
            "comments": self._comments,
        }
        if what not in readers:
            raise no(404, "notFound", "Not Found")
        if not self.parts:
            raise no(400, "missingRequiredParameter", "No filter selected. Expected one of: part")
        return readers[what]()

    def _listed(self, name: str) -> list[str]:
        return [part.strip() for value in self.ask.listed(name) for part in value.split(",") if part.strip()]

    def _shown(self, body: dict[str, Any]) -> dict[str, Any]:
        """An object with its parts that were asked for."""
        return {name: value for name, value in body.items() if name in {"kind", "etag", "id"} | self.parts}

    def _channels(self) -> dict[str, Any]:
        ids, handle = self._listed("id"), self.ask.query.get("forHandle", "").removeprefix("@")
        if self.ask.query.get("mine") == "true":
            ids = [self.owner] if self.owner else []
        found = [
            account
            for account in self.world.accounts
            if account.platform == "youtube" and (account.native_id in ids or account.handle == handle)
        ]
        body = {"kind": "youtube#channelListResponse", "etag": "c0", "pageInfo": _page_info(len(found), 5)}
        return body | ({"items": [self._shown(self._channel(account)) for account in found]} if found else {})

    def _channel(self, account: Account) -> dict[str, Any]:
        figures = self.world.account_metrics(account.number, instant(self.ask.now))
        statistics: dict[str, Any] = {name: str(value) for name, value in figures.items()}
        is_hidden = "hidden_subscribers" in self.ask.faults
        statistics |= {"hiddenSubscriberCount": is_hidden} | ({"subscriberCount": "0"} if is_hidden else {})
        return {
            "kind": "youtube#channel", "etag": f"c{account.number}", "id": account.native_id,
            "snippet": {
                "title": account.name, "description": "Simulerat konto.", "customUrl": f"@{account.handle}",
                "publishedAt": iso_z(account.opened_at), "country": "SE",
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": "UU" + account.native_id[2:]}},
            "statistics": statistics,
        }  # fmt: skip

    def _uploads(self) -> dict[str, Any]:
        playlist = self.ask.query.get("playlistId", "")
        account = self.world.accounts_by_native_id.get(("youtube", "UC" + playlist[2:]))
        if account is None or not playlist.startswith("UU"):
            raise missing("playlistItem", "playlist", "playlistId")
        standing = self.world.standing(account.number, self.ask.now)
        if "ghost_upload" in self.ask.faults:
            ever = self.world.posts_by_account[account.number]
            gone = ever[self.world.posts.counters.deleted_at[ever] <= self.ask.now]
            standing = sorted([*standing, *gone.tolist()], reverse=True)
        part = self._cut(standing, default=5, most=50)
        items = [self._shown(upload_object(self.world, number, self.ask.now)) for number in part.numbers]
        return self._list("playlistItem", items, part, len(standing), 50)

    def _standing(self, ids: Sequence[str]) -> dict[str, int]:
        if not 0 < len(ids) <= 50:
            raise no(400, "invalidVideoId" if ids else "missingRequiredParameter", "The request needs 1 to 50 ids.")
        numbers = {one: self.world.posts_by_id.get(f"youtube:{one}") for one in ids}
        return {
            one: number
            for one, number in numbers.items()
            if number is not None and self.world.stands(number, self.ask.now)
        }

    def _videos(self) -> dict[str, Any]:
        found = self._standing(self._listed("id"))
        items = [self._shown(video_object(self.world, number, self.ask.now)) for number in found.values()]
        return {
            "kind": "youtube#videoListResponse", "etag": "v0", "items": items,
            "pageInfo": _page_info(len(items), len(items)),
        }  # fmt: skip

    def _stats(self) -> dict[str, Any]:
        ids = self._listed("id")
        found = self._standing(ids)
        is_whole = len(found) == len(set(ids))
        if not is_whole and self.served.youtube_missing == "refused":
            raise missing("video", "video", "id")
        items: list[dict[str, Any]] = [
            self._shown(stat_object(self.world, number, self.ask.now, self.served.youtube_duration))
            for number in found.values()
        ]
        if self.served.youtube_missing == "bare":
            items += [{"kind": "youtube#videoStats", "etag": "b", "id": one} for one in ids if one not in found]
        kind = {"kind": "youtube#batchGetStatsResponse"} if self.served.youtube_batch_kind else {}
        return kind | {"etag": "b0", "items": items}

    def _threads(self) -> dict[str, Any]:
        number = self._standing(self._listed("videoId")[:1] or ["-"]).get(self.ask.query.get("videoId", ""))
        if number is None:
            raise missing("commentThread", "video", "videoId")
        if self.world.post(number).hides_comments:
            raise disabled(self.ask.now)
        threads = threads_of(self.world, number, self.ask.now)
        part = self._cut(sorted(threads, reverse=True), default=20, most=100)
        html = self.ask.query.get("textFormat", "html") == "html"
        items = [self._shown(thread_object(self.world, threads[key], self.ask.now, html=html)) for key in part.numbers]
        return self._list("commentThread", items, part, len(threads), 100)

    def _comments(self) -> dict[str, Any]:
        thread = of_thread(self.world, self.ask.query.get("parentId", ""), self.ask.now)
        if thread is None:
            raise missing("comment", "comment", "parentId")
        part = self._cut(sorted(thread, reverse=True), default=20, most=100)
        html = self.ask.query.get("textFormat", "html") == "html"
        items = [self._shown(comment_object(self.world, thread[key], html=html)) for key in part.numbers]
        return self._list("comment", items, part, len(thread), 100)

    def _cut(self, numbers: Sequence[int], *, default: int, most: int) -> Slice:
        text = self.ask.query.get("maxResults", str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise no(400, "invalidParameter", f"Invalid value '{text}'. Values must be within the range: [1, {most}]")
        capped = replace(self.served, page_cap=min(PAGE_CAP, self.served.page_cap))
        cursor = self.ask.query.get("pageToken")
        try:
            return cut(numbers, limit=int(text), cursor=cursor, served=capped, faults=self.ask.faults)
        except CursorError:
            raise no(400, "invalidPageToken", "The request specifies an invalid page token.") from None

    def _list(self, what: str, items: list[dict[str, Any]], part: Slice, total: int, size: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": f"youtube#{what}ListResponse", "etag": "l0", "items": items, "pageInfo": _page_info(total, size),
        }  # fmt: skip
        if part.has_next:
            body["nextPageToken"] = part.after
        return body


def _page_info(total: int, size: int) -> dict[str, int]:
    return {"totalResults": total, "resultsPerPage": size}


def _bad_key() -> Exception:
    return no(400, "badRequest", "API key not valid. Please pass a valid API key.", detail="API_KEY_INVALID")


DIALECT = Dialect(
    name="youtube",
    speaks=speaks,
    start=lambda: YouTube().answer,
    refusals={
        "youtube_quota": Refusal(quota, "403 quotaExceeded: nothing more before midnight in California"),
        "youtube_rate": Refusal(too_fast, "403 rateLimitExceeded"),
        "youtube_token": Refusal(not_authorised, "401 authError: the token has expired or was revoked"),
        "youtube_forbidden": Refusal(lambda _: forbidden("Forbidden"), "403 forbidden"),
        "youtube_comments_off": Refusal(disabled, "403 commentsDisabled"),
        "youtube_no_playlist": Refusal(
            lambda _: missing("playlistItem", "playlist", "playlistId"), "404 playlistNotFound"
        ),
        "youtube_query": Refusal(unsupported, "400 of the Analytics API: the query is not supported"),
    },
    shapes={
        "ghost_upload": "YouTube's list of uploads still names videos that are gone, without title and instant",
        "hidden_subscribers": "a YouTube channel hides its number of subscribers, and says 0",
    },
)
