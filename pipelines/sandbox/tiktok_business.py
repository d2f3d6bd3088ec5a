"""TikTok's Business (organic) API v1.3: reach, days and comments. Every answer is HTTP 200; `code` says how it went."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, instant
from pipelines.sandbox.exchange import Answer, Dialect, Refusal, RefusalError
from pipelines.sandbox.offers import BUSINESS_OFFERS, SERIES
from pipelines.sandbox.tiktok import window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.elsewhere import Elsewhere
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

_PATH = "/open_api/v1.3/business/"
HISTORY = timedelta(days=60)
LATE = DAY
FEW = 100
"""Below so many followers, figures are null."""
_LEVELS = {
    "followers_count": "follower_count", "following_count": "following_count", "total_likes": "likes_count",
    "videos_count": "video_count",
}  # fmt: skip
_ABOUT = ("username", "display_name", "profile_image", "is_business_account")
_DAYS = tuple(SERIES["tiktok"])
_VIDEO = ("item_id", "create_time", "caption", "share_url", "thumbnail_url", "video_duration", "average_time_watched",
          "full_video_watched_rate", "new_followers", "impression_sources", *BUSINESS_OFFERS)  # fmt: skip
_WRONG = "Invalid parameter: {}"


def speaks(ask: Ask) -> bool:
    """Whether a request is the Business API's."""
    return ask.path.startswith("/open_api/")


def refuse(code: int, message: str) -> RefusalError:
    """An error: HTTP 200 all the same."""
    return RefusalError(Answer(body={"code": code, "message": message, "request_id": "20260105", "data": {}}))


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a request to `/open_api/v1.3/business/...`."""
    owner = served.tokens.owner("tiktok", ask.headers.get("access-token", ""))
    if owner is None:
        raise refuse(served.tiktok_token_code, "Access token is incorrect or has been revoked.")
    if ask.query.get("business_id") != owner:
        raise refuse(40001, "No permission to operate business account.")
    account = served.world.elsewhere.accounts_by_native_id["tiktok", owner]
    match ask.path.removeprefix(_PATH).strip("/"):
        case "get":
            data = _profile(ask, served.world.elsewhere, account)
        case "video/list":
            data = _videos(ask, served, account)
        case "comment/list":
            data = _comments(ask, served.world.elsewhere, account, parent=None)
        case "comment/reply/list":
            data = _comments(ask, served.world.elsewhere, account, parent=ask.query.get("comment_id", ""))
        case _:
            raise refuse(40002, "There is no such path.")
    return Answer(body={"code": 0, "message": "OK", "request_id": "20260105", "data": data})


def _fields(ask: Ask, known: Sequence[str], default: tuple[str, ...]) -> list[str]:
    text = ask.query.get("fields")
    try:
        fields: list[str] = json.loads(text) if text else [*default]
    except ValueError as error:
        raise refuse(40002, _WRONG.format("fields")) from error
    if not set(fields) <= set(known):
        raise refuse(40002, _WRONG.format("fields"))
    return fields


def _profile(ask: Ask, world: Elsewhere, account: Account) -> dict[str, Any]:
    fields = _fields(ask, (*_ABOUT, *_LEVELS, *_DAYS), ("display_name", "profile_image"))
    levels = world.account_metrics(account.number, instant(ask.now))
    values: dict[str, Any] = {
        "username": account.handle, "display_name": account.name, "is_business_account": True,
        "profile_image": f"https://p16-sign.example/{account.number}.jpeg",
        **{name: levels[display] for name, display in _LEVELS.items()},
    }  # fmt: skip
    told = {name: values[name] for name in fields if name in values}
    daily = [name for name in fields if name in _DAYS]
    if not daily:
        return told
    return told | {"metrics": _metrics(ask, world, account, daily, is_small=levels["follower_count"] < FEW)}


def _metrics(ask: Ask, world: Elsewhere, account: Account, daily: list[str], *, is_small: bool) -> list[dict[str, Any]]:
    """One row a day of a closed interval; the newest day is not told yet."""
    today = instant(ask.now).date()
    try:
        first = date.fromisoformat(ask.query.get("start_date", f"{today - timedelta(days=7)}"))
        last = date.fromisoformat(ask.query.get("end_date", f"{today - timedelta(days=1)}"))
    except ValueError as error:
        raise refuse(40002, _WRONG.format("start_date")) from error
    if first > last or first < today - HISTORY:
        raise refuse(40002, "The date range must lie within the last 60 days.")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    starts = [int(np.datetime64(day, "s").astype(np.int64)) for day in days]
    told = [place for place, start in enumerate(starts) if start + DAY + LATE <= ask.now]
    edges = np.array([*starts, starts[-1] + DAY], dtype=np.int64)
    values = {name: world.series(account.number, name, edges, ask.now) for name in daily}
    return [
        {"date": f"{days[place]}", **{name: None if is_small else int(value[place]) for name, value in values.items()}}
        for place in told
    ]


def _videos(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    fields = _fields(ask, _VIDEO, ("item_id",))
    count, cursor = _number(ask, "max_count", 10), _number(ask, "cursor", 0)
    if not 1 <= count <= 20:
        raise refuse(40002, _WRONG.format("max_count"))
    numbers, after, has_more = window(ask, served, account, cursor, count)
    world = served.world.elsewhere
    videos = [{name: _video(world, number, ask.now)[name] for name in fields} for number in numbers]
    return {"videos": videos, "cursor": after, "has_more": has_more}


def _number(ask: Ask, name: str, default: int) -> int:
    try:
        return int(ask.query.get(name, default))
    except ValueError as error:
        raise refuse(40002, _WRONG.format(name)) from error


def _video(world: Elsewhere, number: int, now: int) -> dict[str, Any]:
    post = world.post(number)
    metrics = world.metrics("tiktok", np.array([number]), np.array([now]), BUSINESS_OFFERS)
    counts = {name: int(value[0]) for name, value in metrics.items()}
    views = counts["video_views"]
    return {
        "item_id": post.native_id, "create_time": str(int(world.posts.published[number])), "caption": post.text,
        "share_url": f"https://www.tiktok.com/@{post.account.handle}/video/{post.native_id}",
        "thumbnail_url": f"https://p16-sign.example/{post.native_id}.jpeg", "video_duration": float(post.seconds),
        "average_time_watched": round(counts["total_time_watched"] / views, 2) if views else 0.0,
        "full_video_watched_rate": 0.21, "new_followers": views // 4000,
        "impression_sources": [{"impression_source": "For You", "percentage": 0.8}], **counts,
    }  # fmt: skip


def _comments(ask: Ask, world: Elsewhere, account: Account, *, parent: str | None) -> dict[str, Any]:
    """Comments of a video, or everything below one of them."""
    number = world.posts_by_id.get(f"tiktok:{ask.query.get('video_id', '')}")
    if number is None or world.author(number) is not account or not world.stands(number, ask.now):
        raise refuse(40002, _WRONG.format("video_id"))
    listed = world.comments_of(number, ask.now)
    roots = {one.number: one for one in listed if one.parent is None}
    if parent is None:
        shown = [*roots.values()]
    else:
        shown = [
            one
            for one in listed
            if one.parent is not None and one.root in roots and roots[one.root].native_id == parent
        ]
    start, count = _number(ask, "cursor", 0), _number(ask, "max_count", 20)
    page = shown[start : start + count]
    told = [_comment(world.posts.native_ids[number], one, roots, listed) for one in page]
    return {"comments": told, "cursor": start + len(page), "has_more": start + count < len(shown)}


def _comment(video: str, one: Comment, roots: dict[int, Comment], listed: list[Comment]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "comment_id": one.native_id, "video_id": video, "user_id": one.author_id, "create_time": one.created_at,
        "unique_identifier": one.author_id, "username": one.author_handle, "display_name": one.author_name,
        "profile_image": "https://p16-sign.example/person.jpeg", "text": one.text, "likes": 0, "owner": one.is_ours,
        "liked": False, "pinned": False, "status": "PUBLIC",
    }  # fmt: skip
    if one.parent is None:
        return told | {"replies": sum(other.root == one.number for other in listed) - 1}
    return told | {"parent_comment_id": roots[one.root].native_id}


DIALECT = Dialect(
    name="tiktok_business",
    speaks=speaks,
    start=lambda: answer,
    refusals={
        "tiktok_business_limit": Refusal(
            lambda _: refuse(40100, "Requests made too frequently."),
            "TikTok Business: HTTP 200 with code 40100, a limit",
        ),
        "tiktok_business_token": Refusal(
            lambda _: refuse(40105, "Access token is incorrect or has been revoked."),
            "TikTok Business: HTTP 200 with code 40105, a bad token",
        ),
    },
)
