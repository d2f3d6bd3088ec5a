"""Instagram's professional accounts in the Graph dialect: account, media, comments, insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, NEVER
from pipelines.sandbox.counters import OFFERS, Offer, shown
from pipelines.sandbox.graph import (
    day_value,
    fields_of,
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
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.fields import Field
    from pipelines.sandbox.units import Account

_BOTH: dict[str, Offer] = {
    **OFFERS["instagram"],
    "reposts": Offer("shares", 12.0),
    "facebook_views": Offer("views", 20.0),
}
AVERAGE_WATCH_MS = 4000
"""How long a reel is watched at each play."""
MEDIA_OFFERS: dict[str, dict[str, Offer]] = {
    "FEED": {**_BOTH, "follows": Offer("likes", 40.0), "profile_visits": Offer("views", 60.0)},
    "REELS": {
        **_BOTH,
        "ig_reels_video_view_total_time": Offer("views", 1 / AVERAGE_WATCH_MS),
        "ig_reels_avg_watch_time": Offer("views"),
        "reels_skip_rate": Offer("views", 1e9),
    },
}
TIME_SERIES = ("reach", "follower_count")
ONLY_SERIES = ("follower_count",)
MAX_WINDOW = 30 * DAY
SILENT_FOR = 1800
"""A media has no insights at all in its first half hour: an empty list, not zeros."""
_ACTS = ("likes", "comments", "saves", "shares")


def product_of(number: int) -> tuple[str, str]:
    """Media type and product type of a post."""
    if number % 5 == 0:
        return "VIDEO", "REELS"
    return ("CAROUSEL_ALBUM" if number % 7 == 0 else "IMAGE"), "FEED"


def account_node(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    """An account's fields."""
    world = served.world
    mine = world.posts_by_account[account.number]
    there = (world.posts.published[mine] <= ask.now) & (world.posts.counters.deleted_at[mine] > ask.now)
    values: dict[str, Any] = {
        "id": account.native_id,
        "username": account.handle,
        "name": account.name,
        "followers_count": int(world.audience.followers(account.number, np.array([ask.now]))[0]),
        "follows_count": 40 + account.number,
        "media_count": int(there.sum()),
        "biography": "Simulerat konto.",
        "website": "https://tips.example/",
        "profile_picture_url": f"https://scontent.example/{account.native_id}.jpg",
    }
    body: dict[str, Any] = {"id": account.native_id}
    for field in fields_of(ask, "id"):
        if field.name not in values:
            raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (IGUser)", 100)
        body[field.key] = values[field.name]
    return body


def media(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    """The account's media that stand, newest first."""
    posts = served.world.posts
    since, until = moment_of(ask.query.get("since"), 0), moment_of(ask.query.get("until"), NEVER)
    mine = served.world.posts_by_account[account.number]
    published = posts.published[mine]
    there = (
        (published <= ask.now)
        & (posts.counters.deleted_at[mine] > ask.now)
        & (published >= since)
        & (published < until)
    )
    fields = fields_of(ask, "id")
    return page_of(ask, served, mine[there][::-1].tolist(), lambda numbers: media_nodes(ask, served, numbers, fields))


def media_nodes(ask: Ask, served: Served, numbers: list[int], fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Media with the fields asked for; `like_count` is absent where the owner hides it."""
    chosen = np.array(numbers, dtype=np.int64)
    counts = served.world.metrics("instagram", chosen, np.full(len(chosen), ask.now))
    nodes: list[dict[str, Any]] = []
    for place, number in enumerate(numbers):
        post = served.world.post(number)
        kind, product = product_of(number)
        code = f"S{number:05d}"
        values: dict[str, Any] = {
            "id": post.native_id,
            "caption": post.text,
            "media_type": kind,
            "media_product_type": product,
            "permalink": f"https://www.instagram.com/{'reel' if product == 'REELS' else 'p'}/{code}/",
            "timestamp": time_of(int(served.world.posts.published[number])),
            "like_count": None if post.hides_likes else int(counts["likes"][place]),
            "comments_count": int(counts["comments"][place]),
            "shortcode": code,
            "username": post.account.handle,
            "owner": {"id": post.account.native_id},
            "is_shared_to_feed": True if product == "REELS" else None,
            "children": {"data": [{"id": f"{post.native_id}{n}"} for n in (1, 2)]}
            if kind == "CAROUSEL_ALBUM"
            else None,
        }
        node: dict[str, Any] = {"id": post.native_id}
        for field in fields:
            if field.name == "insights":
                node[field.key] = {"data": _lifetime(ask, served, number, field.listed("metric"))}
            elif field.name not in values:
                raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (IGMedia)", 100)
            elif values[field.name] is not None:
                node[field.key] = values[field.name]
        nodes.append(node)
    return nodes


def media_insights(ask: Ask, served: Served, number: int) -> dict[str, Any]:
    """Lifetime metrics of a media."""
    return {"data": _lifetime(ask, served, number, metrics_of(ask.query.get("metric")))}


def _refuse_metrics(wanted: list[str], offered: list[str]) -> None:
    for place, name in enumerate(wanted):
        if name not in offered:
            raise refuse(f"(#100) metric[{place}] must be one of the following values: {', '.join(offered)}", 100)


def _lifetime(ask: Ask, served: Served, number: int, names: list[str]) -> list[dict[str, Any]]:
    offers = MEDIA_OFFERS[product_of(number)[1]]
    offered = [n for n, offer in offers.items() if bool(offer.is_offered(ask.now))] + ["total_interactions"]
    _refuse_metrics(names, [name for name in offered if name not in served.refused_metrics])
    counters = served.world.posts.counters
    if ask.now < counters.published[number] + SILENT_FOR:
        return []
    post, now = np.array([number]), np.array([ask.now])

    def value(name: str) -> int:
        if name == "ig_reels_avg_watch_time":
            return AVERAGE_WATCH_MS
        if name == "total_interactions":
            return sum(value("saved" if one == "saves" else one) for one in _ACTS)
        return int(shown(counters, offers[name], post, now)[0])

    return [
        _metric(name, "lifetime", served.world.posts.native_ids[number], {"values": [{"value": value(name)}]})
        for name in names
    ]


def _metric(name: str, period: str, object_id: str, content: dict[str, Any]) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name, "period": period, **content, "title": title, "description": f"{title}.",
        "id": f"{object_id}/insights/{name}/{period}",
    }  # fmt: skip


def account_insights(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    """Figures of an account: day by day, or one number for the whole window."""
    names = metrics_of(ask.query.get("metric"))
    if ask.query.get("period") not in {"day", "week", "days_28", "lifetime"}:
        raise refuse("(#100) period must be one of the following values: day, week, days_28, month, lifetime", 100)
    offers = ACCOUNT_OFFERS["instagram"]
    offered = [name for name, offer in offers.items() if bool(offer.is_offered(ask.now))]
    _refuse_metrics(names, [name for name in offered if name not in served.refused_metrics])
    if ask.query["period"] in {"week", "days_28"} and not served.instagram_long_periods.issuperset(names):
        raise refuse("(#100) The metric does not support the requested period", 100)
    until = moment_of(ask.query.get("until"), ask.now)
    since = moment_of(ask.query.get("since"), until - DAY)
    if until - since > served.instagram_window_days * DAY:
        longest = f"{served.instagram_window_days} days ({served.instagram_window_days * DAY} s)"
        raise refuse(f"(#100) There cannot be more than {longest} between since and until", 100)
    total = ask.query.get("metric_type") == "total_value"
    for name in names:
        if total and name in ONLY_SERIES:
            raise refuse(f"(#100) The metric ({name}) does not support metric_type total_value", 100)
        if not total and name not in TIME_SERIES:
            text = f"(#100) The following metrics ({name}) should be specified with parameter metric_type=total_value"
            raise refuse(text, 100)
    make = _total if total else _series
    data = [_metric(name, "day", account.native_id, make(ask, served, account, name, (since, until))) for name in names]
    return {"data": data, "paging": window_links(ask, since, until)}


def _series(ask: Ask, served: Served, account: Account, name: str, window: tuple[int, int]) -> dict[str, Any]:
    values: list[dict[str, Any]] = []
    for end in pacific_ends(*window, ask.now):
        if name == "follower_count":
            if end < ask.now - MAX_WINDOW:
                continue  # the platform keeps new followers for thirty days
            value = served.world.audience.follows(account.number, int(end) - DAY // 2)[0]
        else:
            value = day_value(served, account, name, ask, (previous_midnight(int(end)), int(end)))
        values.append({"value": value, "end_time": time_of(int(end))})
    return {"values": values}


def _total(ask: Ask, served: Served, account: Account, name: str, window: tuple[int, int]) -> dict[str, Any]:
    since, until = window[0], min(window[1], ask.now)
    if name == "follows_and_unfollows":
        gained, lost = served.world.audience.follows(account.number, until - 1)
        results = [
            {"dimension_values": ["FOLLOWER"], "value": gained},
            {"dimension_values": ["NON_FOLLOWER"], "value": lost},
        ]
        return {"total_value": {"breakdowns": [{"dimension_keys": ["follow_type"], "results": results}]}}
    value = day_value(served, account, name, ask, (since, max(since, until)))
    answer: dict[str, Any] = {"value": value}
    if dimension := ask.query.get("breakdown"):
        parts = [("REELS", value * 7 // 10), ("POST", value - value * 7 // 10)]
        is_lower = served.instagram_breakdown_case == "lower"
        results = [{"dimension_values": [k.lower() if is_lower else k], "value": v} for k, v in parts]
        answer["breakdowns"] = [{"dimension_keys": [dimension], "results": results}]
    return {"total_value": answer}


def find_media(served: Served, object_id: str, now: int) -> int:
    """Number of a media that stands.

    Raises:
        RefusalError: there is none, or no longer.
    """
    number = served.world.posts_by_id.get(f"instagram:{object_id}")
    posts = served.world.posts
    if number is None or posts.published[number] > now or posts.counters.deleted_at[number] <= now:
        raise not_found(object_id)
    return number
