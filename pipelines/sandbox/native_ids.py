"""Ids as the platforms beyond the first three write them; the same object always has the same one."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.units import Account, Platform

_TID = "234567abcdefghijklmnopqrstuvwxyz"
MASTODON_SHIFT, LINKEDIN_SHIFT, TIKTOK_SHIFT = 16, 22, 32
SERVERS = ("social.exempel.example", "mastodon.exempel.example")


def letters(what: str, length: int) -> str:
    """Letters, digits, `-` and `_` that follow from what they stand for, as in YouTube's ids."""
    return base64.urlsafe_b64encode(hashlib.sha512(what.encode()).digest()).decode()[:length]


def tid(at: int, number: int) -> str:
    """The key of a record on the AT protocol: microseconds and a clock's number in 13 letters that sort by time."""
    value = (at * 1_000_000 << 10) | (number % 1024)
    return "".join(_TID[value >> shift & 31] for shift in range(60, -1, -5))


def did(what: str) -> str:
    """A `did:plc`: 24 letters of base 32."""
    return "did:plc:" + base64.b32encode(hashlib.sha256(what.encode()).digest()).decode().lower()[:24]


def cid(content: str) -> str:
    """A content id (CIDv1, dag-cbor, SHA-256): another content, another id."""
    multihash = b"\x01\x71\x12\x20" + hashlib.sha256(content.encode()).digest()
    return "b" + base64.b32encode(multihash).decode().lower().rstrip("=")


_ACCOUNT_IDS: dict[Platform, Callable[[str, int], str]] = {
    "facebook": lambda _, place: str(700_000 + place),
    "instagram": lambda _, place: str(17_841_500_000_000_000 + place * 11),
    "x": lambda _, place: str(700_000 + place),
    "youtube": lambda what, _: "UC" + letters(f"channel {what}", 22),
    "mastodon": lambda _, place: str((1_667_300_000_000 + place * 86_413_000) << MASTODON_SHIFT),
    "bluesky": lambda what, _: did(what),
    "threads": lambda _, place: str(24_100_000_000_002_001 + place * 1013),
    "tiktok": lambda what, _: "-000" + letters(f"open {what}", 32).replace("-", "a").replace("_", "b"),
    "linkedin": lambda _, place: str(90_000_101 + place * 1009),
}


def account_id(platform: Platform, what: str, place: int) -> str:
    """The native id of an account or of a person.

    Args:
        platform: whose id.
        what: who it is: the same text, the same id.
        place: a small number, where the platform's ids are numbers.
    """
    return _ACCOUNT_IDS[platform](what, place)


def post_id(platform: Platform, author: Account, number: int, published: int) -> str:
    """The native id of a post of an account; where the platform's ids hold a time, it is the post's."""
    match platform:
        case "youtube":
            return letters(f"video {author.native_id} {number}", 11)
        case "mastodon":
            # the number is its server's own: another one may have the same
            return f"{(published * 1000 << MASTODON_SHIFT) + number % 65536}@{author.home}"
        case "bluesky":
            return f"at://{author.native_id}/app.bsky.feed.post/{tid(published, number)}"
        case "threads":
            return str(18_000_000_000_000_001 + number * 17)
        case "tiktok":
            return str((published << TIKTOK_SHIFT) + number * 4099)
        case "linkedin":
            kind = "ugcPost" if number % 4 == 1 else "share"
            return f"urn:li:{kind}:{(published * 1000 << LINKEDIN_SHIFT) + number}"
        case "facebook" | "instagram" | "x":
            msg = f"{platform} posts are made in posting.py"
            raise ValueError(msg)


_COMMENT_IDS: dict[Platform, Callable[[int, int, str, str], str]] = {
    "facebook": lambda number, _at, post, _author: f"{post.split('_')[1]}_{number}",
    "instagram": lambda number, _at, _post, _author: str(18_000_000_000_000_000 + number),
    "x": lambda number, at, _post, _author: str(((at * 1000 - 1_288_834_974_657) << 22) + number % 4096),
    "youtube": lambda number, _at, post, _author: letters(f"comment {post} {number}", 18),
    "mastodon": lambda number, at, _post, _author: str((at * 1000 << MASTODON_SHIFT) + 32768 + number % 32768),
    "bluesky": lambda number, at, _post, author: f"at://{author}/app.bsky.feed.post/{tid(at, number)}",
    "threads": lambda number, _at, _post, _author: str(18_100_000_000_000_003 + number * 19),
    "tiktok": lambda number, at, _post, _author: str((at << TIKTOK_SHIFT) + 7 + number * 4099),
    "linkedin": lambda number, at, _post, _author: str((at * 1000 << LINKEDIN_SHIFT) + number),
}


def comment_id(platform: Platform, number: int, at: int, *, post: str, author: str, parent: str | None) -> str:
    """The native id of a comment.

    Args:
        platform: whose id.
        number: its place in the world.
        at: when it was written, seconds UTC.
        post: native id of the post it stands under.
        author: native id of who wrote it.
        parent: native id of the comment it answers.
    """
    own = _COMMENT_IDS[platform](number, at, post, author)
    if platform != "youtube":
        return own
    return f"{parent.split('.')[0]}.{own}" if parent else f"Ugx{own}4AaABAg"
