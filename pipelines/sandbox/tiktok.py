"""TikTok's Display API v2: an account and its own videos that stand, with lifetime figures. Errors are words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from pipelines.sandbox.calendar import instant
from pipelines.sandbox.exchange import Answer, Dialect, Refusal, RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sandbox.elsewhere import Elsewhere
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

SOME, MOST = 10, 20
USER = ("open_id", "union_id", "avatar_url", "display_name", "bio_description", "profile_deep_link", "is_verified",
        "username", "follower_count", "following_count", "likes_count", "video_count")  # fmt: skip
VIDEO = ("id", "create_time", "cover_image_url", "share_url", "video_description", "duration", "height", "width",
         "title", "embed_html", "embed_link", "like_count", "comment_count", "share_count", "view_count",
         "is_aigc")  # fmt: skip


def speaks(ask: Ask) -> bool:
    """Whether a request is the Display API's."""
    return ask.path.startswith(("/v2/user/", "/v2/video/"))


def refuse(code: str, status: int, message: str) -> RefusalError:
    """The Display API's error object."""
    return RefusalError(Answer(body={"data": {}, "error": _error(code, message)}, status=status))


def _error(code: str, message: str = "") -> dict[str, str]:
    return {"code": code, "message": message, "log_id": "20260105060000SANDBOX"}


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a request to `/v2/user/...` or `/v2/video/...`."""
    owner = served.tokens.owner("tiktok", ask.bearer())
    if owner is None:
        raise refuse("access_token_invalid", 401, "The access token is invalid or not found in the request.")
    account = served.world.elsewhere.accounts_by_native_id["tiktok", owner]
    match (ask.method, ask.path.rstrip("/")):
        case ("GET", "/v2/user/info"):
            data = {"user": _user(ask, served.world.elsewhere, account)}
        case ("POST", "/v2/video/list"):
            data = _list(ask, served, account)
        case ("POST", "/v2/video/query"):
            data = {"videos": _query(ask, served, account)}
        case _:
            raise refuse("invalid_params", 400, "There is no such path, or not by this method.")
    return Answer(body={"data": data, "error": _error("ok")})


def _fields(ask: Ask, known: tuple[str, ...]) -> list[str]:
    fields = [name for name in ask.query.get("fields", "").split(",") if name]
    if not fields or not set(fields) <= set(known):
        raise refuse("invalid_params", 400, "Fields is invalid or missing.")
    return fields


def _sent(ask: Ask) -> dict[str, Any]:
    try:
        sent = json.loads(ask.body or b"{}")
    except ValueError as error:
        raise refuse("invalid_params", 400, "The body is no JSON.") from error
    return cast("dict[str, Any]", sent) if isinstance(sent, dict) else {}


def _user(ask: Ask, world: Elsewhere, account: Account) -> dict[str, Any]:
    values = {
        "open_id": account.native_id, "union_id": f"u-{account.number}", "display_name": account.name,
        "avatar_url": f"https://p16-sign.example/{account.number}.jpeg", "bio_description": "Simulerat konto.",
        "profile_deep_link": f"https://vm.tiktok.example/{account.number}", "is_verified": True,
        "username": account.handle, **world.account_metrics(account.number, instant(ask.now)),
    }  # fmt: skip
    return {name: values[name] for name in _fields(ask, USER)}


def window(ask: Ask, served: Served, account: Account, cursor: object, size: int) -> tuple[list[int], int, bool]:
    """One page of videos by an instant: those older than the cursor, the next cursor, and whether there are more.

    Videos that were taken away leave holes, so that pages are short; the third page of a crawl may be empty.
    """
    if isinstance(cursor, bool) or not isinstance(cursor, int) or cursor < 0:
        raise ValueError("cursor")
    world, size = served.world.elsewhere, min(size, served.page_cap)
    published = world.posts.published
    every = [int(n) for n in world.posts_by_account[account.number][::-1] if published[n] <= ask.now]
    older = [n for n in every if not cursor or int(published[n]) * 1000 < cursor]
    newer = [n for n in every if cursor and int(published[n]) * 1000 >= cursor]
    if served.empty_pages and older and len(newer) == 2 * size and cursor % 1000 == 0:
        return [], cursor - 1, True
    if newer and "duplicate_page" in ask.faults:
        return _standing(world, newer[-size:], ask.now), cursor - 1, bool(older)
    shown = older[:size]
    after = int(published[shown[-1]]) * 1000 if shown else cursor
    repeated = newer[-1:] if "post_between_pages" in ask.faults else []
    return _standing(world, repeated + shown, ask.now), after, len(older) > len(shown)


def _standing(world: Elsewhere, numbers: Sequence[int], now: int) -> list[int]:
    return [n for n in numbers if world.stands(n, now)]


def _list(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    sent, fields = _sent(ask), _fields(ask, VIDEO)
    count = sent.get("max_count", SOME)
    if not isinstance(count, int) or not 1 <= count <= MOST:
        raise refuse("invalid_params", 400, "max_count must be between 1 and 20.")
    try:
        numbers, after, has_more = window(ask, served, account, sent.get("cursor", 0), count)
    except ValueError as error:
        raise refuse("invalid_params", 400, "cursor is invalid.") from error
    videos = [_video(served.world.elsewhere, number, ask.now, fields) for number in numbers]
    return {"videos": videos, "cursor": after, "has_more": has_more}


def _query(ask: Ask, served: Served, account: Account) -> list[dict[str, Any]]:
    """Videos by id; one that is gone, or another's, is left out."""
    world, fields = served.world.elsewhere, _fields(ask, VIDEO)
    filters: dict[str, list[str]] = _sent(ask).get("filters") or {}
    ids = filters.get("video_ids") or []
    if not 1 <= len(ids) <= MOST:
        raise refuse("invalid_params", 400, "video_ids must hold between 1 and 20 ids.")
    found = [world.posts_by_id.get(f"tiktok:{one}") for one in ids]
    own = [n for n in found if n is not None and world.author(n) is account]
    return [_video(world, number, ask.now, fields) for number in _standing(world, own, ask.now)]


def _video(world: Elsewhere, number: int, now: int, fields: Sequence[str]) -> dict[str, Any]:
    post = world.post(number)
    address = f"https://www.tiktok.com/@{post.account.handle}/video/{post.native_id}"
    values = {
        "id": post.native_id, "create_time": int(world.posts.published[number]), "title": post.text[:90],
        "video_description": post.text, "duration": post.seconds, "height": 1024, "width": 576, "share_url": address,
        "cover_image_url": f"https://p16-sign.example/{post.native_id}.jpeg?x-expires={now + 6 * 3600}",
        "embed_html": "", "embed_link": address, "is_aigc": False, **world.post_metrics(number, instant(now)),
    }  # fmt: skip
    return {name: values[name] for name in fields}


DIALECT = Dialect(
    name="tiktok",
    speaks=speaks,
    start=lambda: answer,
    methods=frozenset({"GET", "POST"}),
    refusals={
        "tiktok_limit": Refusal(
            lambda _: refuse("rate_limit_exceeded", 429, "The API rate limit was exceeded."), "TikTok 429"
        ),
        "tiktok_token": Refusal(
            lambda _: refuse("access_token_invalid", 401, "The access token is invalid."), "TikTok 401, a bad token"
        ),
        "tiktok_scope": Refusal(
            lambda _: refuse("scope_not_authorized", 401, "The user did not authorize the scope."),
            "TikTok 401, a scope is missing",
        ),
        "tiktok_internal": Refusal(
            lambda _: refuse("internal_error", 500, "Something is wrong. Please try again later."), "TikTok 500"
        ),
    },
)
