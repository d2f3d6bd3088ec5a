"""Videos as YouTube shows them: in the list of uploads, in `videos.list`, and in a batch of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import instant, iso_z

if TYPE_CHECKING:
    from pipelines.sandbox.elsewhere import Elsewhere


def upload_object(world: Elsewhere, number: int, now: int) -> dict[str, Any]:
    """One place in the list of uploads; of a video that is gone its id is left."""
    post = world.post(number)
    account = post.account
    body: dict[str, Any] = {"kind": "youtube#playlistItem", "etag": f"u{number}", "id": f"VVU{post.native_id}"}
    if not world.stands(number, now):
        snippet = {"title": "Deleted video", "description": "This video is unavailable."}
        return body | {"snippet": snippet, "contentDetails": {"videoId": post.native_id}}
    text, at = post.text_at(instant(now)), iso_z(int(world.posts.published[number]))
    return body | {
        "snippet": {
            "publishedAt": at, "channelId": account.native_id, "title": _title(text), "description": text,
            "channelTitle": account.name, "playlistId": "UU" + account.native_id[2:],
            "resourceId": {"kind": "youtube#video", "videoId": post.native_id},
        },
        "contentDetails": {"videoId": post.native_id, "videoPublishedAt": at},
        "status": {"privacyStatus": "public"},
    }  # fmt: skip


def video_object(world: Elsewhere, number: int, now: int) -> dict[str, Any]:
    """A video in `videos.list`: its length as ISO 8601."""
    post = world.post(number)
    text = post.text_at(instant(now))
    return {
        "kind": "youtube#video", "etag": f"v{number}", "id": post.native_id,
        "snippet": {
            "publishedAt": iso_z(int(world.posts.published[number])), "channelId": post.account.native_id,
            "title": _title(text), "description": text, "channelTitle": post.account.name, "categoryId": "25",
            "liveBroadcastContent": "none",
        },
        "contentDetails": {"duration": _iso(post.seconds), "dimension": "2d", "definition": "hd", "caption": "false"},
        "status": {"uploadStatus": "processed", "privacyStatus": "public", "madeForKids": False},
        "statistics": _statistics(world, number, now) | {"favoriteCount": "0"},
    }  # fmt: skip


def stat_object(world: Elsewhere, number: int, now: int, notation: str) -> dict[str, Any]:
    """A video in a batch of figures: other names, and its length in another notation.

    Args:
        world: where.
        number: of the video.
        now: the world's instant.
        notation: of lengths, "protobuf" (`123s`) or "iso".
    """
    post = world.post(number)
    return {
        "kind": "youtube#videoStats", "etag": f"b{number}", "id": post.native_id,
        "snippet": {"publishTime": iso_z(int(world.posts.published[number]))},
        "contentDetails": {"duration": f"{post.seconds}s" if notation == "protobuf" else _iso(post.seconds)},
        "statistics": _statistics(world, number, now),
    }  # fmt: skip


def _statistics(world: Elsewhere, number: int, now: int) -> dict[str, str]:
    """Numbers as text; what is hidden or switched off is left out."""
    shown = world.metrics("youtube", np.array([number]), np.array([now]))
    return {name: str(int(value[0])) for name, value in shown.items() if value[0] >= 0}


def _title(text: str) -> str:
    return text.split(". ", maxsplit=1)[0][:100]


def _iso(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return "PT" + (f"{minutes}M" if minutes else "") + (f"{rest}S" if rest or not minutes else "")
