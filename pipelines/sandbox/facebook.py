"""Facebook Pages in the Graph dialect: Page, posts, comments, insights."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, NEVER
from pipelines.sandbox.counters import OFFERS, Offer, shown
from pipelines.sandbox.graph import (
    DAYS_PER_WINDOW,
    day_value,
    fields_of,
    invalid_metric,
    metrics_of,
    moment_of,
    not_found,
    pacific_ends,
    page_of,
    previous_midnight,
    refuse,
    time_of,
    window_links,
)
from pipelines.sandbox.offers import ACCOUNT_OFFERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.fields import Field
    from pipelines.sandbox.units import Account

POST_OFFERS: dict[str, Offer] = {
    name: offer for name, offer in OFFERS["facebook"].items() if name.startswith("post_")
} | {
    "post_clicks": Offer("views", 45.0),
    "post_video_views": Offer("views", 7.0),
    "post_reactions_like_total": Offer("likes", 1.25),
}
BY_TYPE = "post_reactions_by_type_total"
MAX_WINDOW = 93 * DAY
_SHARE_OF_TYPE = {"LIKE": 80, "LOVE": 15, "WOW": 2, "HAHA": 1, "SAD": 2, "ANGRY": 0}


def page_node(ask: Ask, served: Served, page: Account) -> dict[str, Any]:
    """A Page's fields."""
    now = np.array([ask.now])
    followers = int(served.world.audience.followers(page.number, now)[0])
    values: dict[str, Any] = {
        "id": page.native_id,
        "name": page.name,
        "username": page.handle,
        "link": f"https://www.facebook.com/{page.handle}",
        "fan_count": followers * 82 // 100,
        "followers_count": followers,
        "talking_about_count": followers // 80,
        "access_token": served.tokens.accounts[(page.platform, page.native_id)],
    }
    sister = next((a for a in served.world.accounts if a.unit_id == page.unit_id and a.platform == "instagram"), None)
    body: dict[str, Any] = {}
    for field in fields_of(ask, "id,name"):
        if field.name == "instagram_business_account":
            if sister is not None:
                known = {"id": sister.native_id, "username": sister.handle}
                body[field.key] = {f.name: known[f.name] for f in field.inside if f.name in known} or {
                    "id": sister.native_id
                }
        elif field.name in values:
            body[field.key] = values[field.name]
        else:
            raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (Page)", 100)
    return {"id": page.native_id} | body


def published_posts(ask: Ask, served: Served, page: Account) -> dict[str, Any]:
    """The Page's own posts that stand, newest first."""
    since = moment_of(ask.query.get("since"), 0)
    until = moment_of(ask.query.get("until"), NEVER)
    posts = served.world.posts
    mine = served.world.posts_by_account[page.number]
    published = posts.published[mine]
    there = (
        (published <= ask.now)
        & (posts.counters.deleted_at[mine] > ask.now)
        & (published >= since)
        & (published < until)
    )
    fields = fields_of(ask, "created_time,message,id")
    return page_of(ask, served, mine[there][::-1].tolist(), lambda numbers: post_nodes(ask, served, numbers, fields))


def post_nodes(ask: Ask, served: Served, numbers: list[int], fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Posts with the fields asked for."""
    chosen = np.array(numbers, dtype=np.int64)
    counts = served.world.metrics("facebook", chosen, np.full(len(chosen), ask.now))
    nodes: list[dict[str, Any]] = []
    for place, number in enumerate(numbers):
        row = {name: int(column[place]) for name, column in counts.items()}
        node: dict[str, Any] = {"id": served.world.posts.native_ids[number]}
        for field in fields:
            value = _field(ask, served, number, row, field)
            if value is not None:
                node[field.key] = value
        nodes.append(node)
    return nodes


def _plain(served: Served, number: int) -> dict[str, Any]:
    post = served.world.post(number)
    page, own_id = post.native_id.split("_")
    at = time_of(int(served.world.posts.published[number]))
    return {
        "id": post.native_id,
        "message": post.text,
        "created_time": at,
        "updated_time": at,
        "permalink_url": f"https://www.facebook.com/{page}/posts/{own_id}",
        "status_type": "added_photos" if number % 3 else "mobile_status_update",
        "is_published": True,
        "is_hidden": False,
        "is_expired": False,
        "full_picture": f"https://scontent.example/{own_id}.jpg" if number % 3 else None,
        "from": {"name": post.account.name, "id": page},
        "story": None,
        "parent_id": None,
    }


def _attachments(
    _ask: Ask, served: Served, number: int, _row: Mapping[str, int], field: Field
) -> dict[str, Any] | None:
    if number % 3 == 0:
        return None
    own_id = served.world.posts.native_ids[number].split("_")[1]
    whole = {"media_type": "photo", "type": "photo", "url": f"https://www.facebook.com/photo/{own_id}", "title": "Foto"}
    wanted = [f.name for f in field.inside] or ["media_type", "type", "url"]
    return {"data": [{name: whole[name] for name in wanted if name in whole}]}


def _reactions(_ask: Ask, _served: Served, _number: int, row: Mapping[str, int], field: Field) -> dict[str, Any]:
    kind = field.modifiers.get("type")
    total = row["reactions"] if kind is None else row["reactions"] * _SHARE_OF_TYPE.get(kind.upper(), 0) // 100
    body: dict[str, Any] = {"data": []}
    if "summary" in field.modifiers:
        body["summary"] = {"total_count": total, "viewer_reaction": "NONE"}
    return body


def _comments(_ask: Ask, _served: Served, _number: int, row: Mapping[str, int], field: Field) -> dict[str, Any]:
    body: dict[str, Any] = {"data": []}
    if "summary" in field.modifiers:
        body["summary"] = {"order": "ranked", "total_count": row["comments"], "can_comment": True}
    return body


def _shares(_ask: Ask, _served: Served, _number: int, row: Mapping[str, int], _field: Field) -> dict[str, Any] | None:
    return {"count": row["shares"]} if row["shares"] else None  # absent, not 0, when nobody shared


def _insights(ask: Ask, served: Served, number: int, _row: Mapping[str, int], field: Field) -> dict[str, Any]:
    return {"data": post_insights(ask, served, number, field.listed("metric"))}


_EDGES: dict[str, Callable[[Ask, Served, int, Mapping[str, int], Field], dict[str, Any] | None]] = {
    "attachments": _attachments,
    "reactions": _reactions,
    "likes": _reactions,
    "comments": _comments,
    "shares": _shares,
    "insights": _insights,
}


def _field(ask: Ask, served: Served, number: int, row: Mapping[str, int], field: Field) -> object:
    if field.name in _EDGES:
        return _EDGES[field.name](ask, served, number, row, field)
    plain = _plain(served, number)
    if field.name not in plain:
        raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (Post)", 100)
    return plain[field.name]


def post_insights(ask: Ask, served: Served, number: int, names: list[str]) -> list[dict[str, Any]]:
    """Lifetime metrics of a post; one that is not offered now sinks them all."""
    if not names:
        names = metrics_of(None)
    native_id = served.world.posts.native_ids[number]
    post, now = np.array([number]), np.array([ask.now])
    body: list[dict[str, Any]] = []
    for name in names:
        if name in served.refused_metrics:
            raise invalid_metric()
        if name == BY_TYPE:
            total = int(shown(served.world.posts.counters, Offer("likes"), post, now)[0])
            parts = {kind.lower(): total * share // 100 for kind, share in _SHARE_OF_TYPE.items()}
            value: object = {kind: amount for kind, amount in parts.items() if amount}
        elif name in POST_OFFERS and bool(POST_OFFERS[name].is_offered(ask.now)):
            value = int(shown(served.world.posts.counters, POST_OFFERS[name], post, now)[0])
        else:
            raise invalid_metric()
        body.append(_metric(name, "lifetime", [{"value": value}], native_id))
    return body


def _metric(name: str, period: str, values: list[dict[str, Any]], object_id: str) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name, "period": period, "values": values, "title": title, "description": f"{title} ({period})",
        "id": f"{object_id}/insights/{name}/{period}",
    }  # fmt: skip


def page_insights(ask: Ask, served: Served, page: Account) -> dict[str, Any]:
    """Figures of a Page per day, week or 28 days, each ending at a Pacific midnight."""
    names = metrics_of(ask.query.get("metric"))
    period = ask.query.get("period", "day")
    if period not in DAYS_PER_WINDOW:
        raise refuse("(#100) period must be one of: day, week, days_28", 100)
    until = moment_of(ask.query.get("until"), ask.now)
    since = moment_of(ask.query.get("since"), until - 2 * DAY)
    if until - since > MAX_WINDOW:
        text = "(#100) There cannot be more than 93 days (8035200 s) between since and until"
        raise refuse(text, 100)
    offers = ACCOUNT_OFFERS["facebook"]
    if any(n not in offers or n in served.refused_metrics or not offers[n].is_offered(ask.now) for n in names):
        raise invalid_metric()
    ends = [int(end) for end in pacific_ends(since, until, ask.now) if end > page.opened_at]
    data = [
        _metric(name, period, [
            {"value": _page_value(ask, served, page, name, (DAYS_PER_WINDOW[period], end)), "end_time": time_of(end)}
            for end in ends
        ], page.native_id)
        for name in names
    ]  # fmt: skip
    return {"data": data, "paging": window_links(ask, since, until)}


def _page_value(ask: Ask, served: Served, page: Account, name: str, window: tuple[int, int]) -> object:
    days, end = window
    audience = served.world.audience
    if name in {"page_follows", "page_fans"}:
        return int(audience.followers(page.number, np.array([end]))[0])
    if name.startswith("page_daily_"):
        gained, lost = audience.follows(page.number, end - DAY // 2)
        return lost if "unfollows" in name else gained
    value = day_value(served, page, name, ask, (previous_midnight(end, days), end))
    if "unique" in name and days > 1:
        value = value * 6 // 10  # people come back
    if ask.query.get("breakdown") and name == "page_media_view" and served.facebook_breakdowns:
        return {"true": value // 10, "false": value - value // 10}
    return value


COMMENT_FIELDS = "created_time,from,message,id"
NAMELESS_EVERY = 6
"""Every so many comments, Graph does not say who wrote it."""


def comments(ask: Ask, served: Served, number: int) -> dict[str, Any]:
    """Comments on a post that stand, and the Page's answers among them; those of people now and then without `from`."""
    said = served.world.comments_of(number, ask.now)
    if ask.query.get("filter", "toplevel") == "toplevel":
        said = [comment for comment in said if comment.parent is None]
    since = moment_of(ask.query.get("since"), 0)
    fields = fields_of(ask, COMMENT_FIELDS)
    is_newest_first = ask.query.get("order") == "reverse_chronological"
    # Feeds count down; positions from the first comment stay as they are when another one comes.
    by_key = {
        place if is_newest_first else NEVER - place: comment
        for place, comment in enumerate(said)
        if comment.created_at >= since
    }
    replies = Counter(comment.parent for comment in said)

    def render(keys: list[int]) -> list[dict[str, Any]]:
        return [_comment_node(by_key[key], replies[by_key[key].number], fields) for key in keys]

    return page_of(ask, served, sorted(by_key, reverse=True), render)


def _comment_node(comment: Comment, replies: int, fields: tuple[Field, ...]) -> dict[str, Any]:
    is_nameless = not comment.is_ours and comment.number // 4 % NAMELESS_EVERY == 5
    values: dict[str, Any] = {
        "id": comment.native_id,
        "message": comment.text,
        "created_time": time_of(comment.created_at),
        "from": None if is_nameless else {"name": comment.author_name, "id": comment.author_id},
        "like_count": comment.number % 3,
        "comment_count": replies,
        "parent": {"id": comment.parent_id} if comment.parent_id else None,
        "permalink_url": f"https://www.facebook.com/{comment.native_id}",
        "is_hidden": False,
    }
    node: dict[str, Any] = {"id": comment.native_id}
    for field in fields:
        if field.name not in values:
            raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (Comment)", 100)
        if values[field.name] is not None:
            node[field.key] = values[field.name]
    return node


def find_post(served: Served, object_id: str, now: int) -> int:
    """Number of a post that stands.

    Raises:
        RefusalError: there is none, or no longer.
    """
    number = served.world.posts_by_id.get(f"facebook:{object_id}")
    posts = served.world.posts
    if number is None or posts.published[number] > now or posts.counters.deleted_at[number] <= now:
        raise not_found(object_id)
    return number
