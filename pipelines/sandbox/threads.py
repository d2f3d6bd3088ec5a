"""Threads in its own Graph dialect: profile, posts and reposts, conversations, lifetime and daily insights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, NEVER
from pipelines.sandbox.exchange import Answer, Dialect, RefusalError
from pipelines.sandbox.graph import (
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
    usage_headers,
    window_links,
)
from pipelines.sandbox.meta import REFUSALS
from pipelines.sandbox.offers import POST_OFFERS, SERIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.elsewhere import Elsewhere, Item
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.fields import Field
    from pipelines.sandbox.units import Account

_PATH = re.compile(r"/v1\.0(/.*)?$")
_EXCHANGE, _SHORT_FOR_LONG = "/access_token", "th_exchange_token"
"""Renewals are `logins`' business; this is the first exchange, which a person makes."""
FIRST_SECOND = 1712991600
LIFE_S = 5_184_000
_LINKS = ("https://tips.example/", "https://polisen.example/kontakt")


def speaks(ask: Ask) -> bool:
    """Whether a request is for Threads: only v1.0 exists there, and Meta's other versions are far from it."""
    return _PATH.match(ask.path) is not None or (ask.path, ask.query.get("grant_type")) == (
        _EXCHANGE,
        _SHORT_FOR_LONG,
    )


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a request for Threads."""
    try:
        return _answer(ask, served)
    except RefusalError as refusal:
        body = refusal.answer.body
        if served.threads_error_type and isinstance(body, dict):
            body["error"]["type"] = served.threads_error_type
        raise


def _answer(ask: Ask, served: Served) -> Answer:
    account = _account_of(ask, served)
    if ask.path == _EXCHANGE:
        token = served.tokens.accounts["threads", account.native_id]
        return Answer(body={"access_token": token, "token_type": "bearer", "expires_in": LIFE_S})
    match = _PATH.match(ask.path)
    parts = [part for part in ((match[1] if match else "") or "").split("/") if part]
    if len(parts) not in (1, 2):
        raise refuse(f"Unknown path components: /{'/'.join(parts)}", 2500, kind="THApiException")
    object_id, edge = parts[0], parts[1] if len(parts) == 2 else ""
    is_account = object_id in ("me", account.native_id)
    body = _of_account(ask, served, account, edge) if is_account else _of_post(ask, served, account, object_id, edge)
    return Answer(body=body, headers=usage_headers(account.native_id, "threads"))


def _account_of(ask: Ask, served: Served) -> Account:
    token = ask.bearer() or ask.query.get("access_token", "")
    if not token:
        raise refuse("An access token is required to request this resource.", 104)
    owner = served.tokens.owner("threads", token)
    if owner is None:
        raise refuse("Invalid OAuth access token - Cannot parse access token", 190, status=401)
    return served.world.elsewhere.accounts_by_native_id["threads", owner]


def _of_account(ask: Ask, served: Served, account: Account, edge: str) -> dict[str, Any]:
    if edge == "":
        profile = {
            "id": account.native_id, "username": account.handle, "name": account.name, "is_verified": True,
            "threads_biography": "Simulerat konto.",
            "threads_profile_picture_url": f"https://scontent.example/{account.native_id}.jpg",
        }  # fmt: skip
        return {"id": account.native_id} | _chosen(profile, fields_of(ask, "id,username"))
    if edge == "threads":
        return _timeline(ask, served, account)
    if edge == "threads_insights":
        return _account_insights(ask, served, account)
    raise refuse(f"(#100) Tried accessing nonexisting field ({edge})", 100, kind="THApiException")


def _of_post(ask: Ask, served: Served, account: Account, object_id: str, edge: str) -> dict[str, Any]:
    world = served.world.elsewhere
    item = next((item for item in world.timeline(account.number, ask.now) if item.native_id == object_id), None)
    if item is None:
        raise not_found(object_id)
    if edge == "":
        return _node(world, account, item, fields_of(ask, "id"), ask.now)
    if edge == "insights" and not item.is_repost:
        return {"data": _lifetime(ask, world, item)}
    if edge in ("conversation", "replies"):
        return _conversation(ask, served, item, is_flat=edge == "conversation")
    raise refuse(f"(#100) Tried accessing nonexisting field ({edge})", 100, kind="THApiException")


def _chosen(values: Mapping[str, Any], fields: tuple[Field, ...]) -> dict[str, Any]:
    unknown = next((field.name for field in fields if field.name not in values), None)
    if unknown is not None:
        raise refuse(f"(#100) Tried accessing nonexisting field ({unknown})", 100, kind="THApiException")
    return {field.key: values[field.name] for field in fields if values[field.name] is not None}


def _timeline(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    """The account's posts that stand and its reposts, newest first."""
    since, until = moment_of(ask.query.get("since"), 0), moment_of(ask.query.get("until"), NEVER)
    world, fields = served.world.elsewhere, fields_of(ask, "id")
    items = {item.key: item for item in world.timeline(account.number, ask.now) if since <= item.at < until}
    return page_of(
        ask, served, list(items), lambda keys: [_node(world, account, items[k], fields, ask.now) for k in keys]
    )


def _node(world: Elsewhere, account: Account, item: Item, fields: tuple[Field, ...], now: int) -> dict[str, Any]:
    post = world.post(item.number)
    author = account if item.is_repost else post.account
    code = f"T{item.native_id[-8:]}"
    values: dict[str, Any] = {
        "id": item.native_id,
        "media_product_type": "THREADS",
        "media_type": "REPOST_FACADE" if item.is_repost else ("IMAGE" if item.number % 3 == 0 else "TEXT_POST"),
        "permalink": f"https://www.threads.com/@{author.handle}/post/{code}",
        "owner": {"id": author.native_id},
        "username": author.handle,
        "text": None if item.is_repost else post.text,
        "timestamp": time_of(item.at),
        "shortcode": code,
        "is_quote_post": False,
        "has_replies": None if item.is_repost else bool(world.comments_of(item.number, now)),
        "topic_tag": None,
        "reposted_post": {"id": post.native_id} if item.is_repost else None,
        "alt_text": None,
    }
    return {"id": item.native_id} | _chosen(values, fields)


def _lifetime(ask: Ask, world: Elsewhere, item: Item) -> list[dict[str, Any]]:
    names, offered = metrics_of(ask.query.get("metric")), list(POST_OFFERS["threads"])
    _refuse_unknown(names, offered)
    values = world.metrics("threads", np.array([item.number]), np.array([ask.now]))
    shown = {name: int(values[name][0]) for name in names}
    return [
        _metric(name, "lifetime", item.native_id, {"values": [{"value": value}]})
        for name, value in shown.items()
        if value >= 0
    ]


def _refuse_unknown(names: list[str], offered: list[str]) -> None:
    for place, name in enumerate(names):
        if name not in offered:
            raise invalid_metric(
                f"(#100) metric[{place}] must be one of the following values: {', '.join(sorted(offered))}"
            )


def _metric(name: str, period: str, object_id: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "period": period, **content, "title": name, "description": f"{name}.",
        "id": f"{object_id}/insights/{name}/{period}",
    }  # fmt: skip


def _account_insights(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    """Figures of an account: the profile's views day by day, the rest as one number for the whole window."""
    names = metrics_of(ask.query.get("metric"))
    _refuse_unknown(names, [*SERIES["threads"], "followers_count"])
    if "followers_count" in names and not {"since", "until"}.isdisjoint(ask.query):
        raise refuse("(#100) followers_count does not support since and until", 100, kind="THApiException")
    until = moment_of(ask.query.get("until"), ask.now)
    since = moment_of(ask.query.get("since"), until - DAY)
    if since < FIRST_SECOND:
        raise refuse(f"(#100) since must be at least {FIRST_SECOND}", 100, kind="THApiException")
    data: list[dict[str, Any]] = []
    for name in names:
        figure = _figure(ask, served.world.elsewhere, account, name, (since, until))
        period = served.threads_total_period if "total_value" in figure else "day"
        data.append(_metric(name, period, account.native_id, figure))
    return {"data": data, "paging": window_links(ask, since, until)}


def _figure(ask: Ask, world: Elsewhere, account: Account, name: str, window: tuple[int, int]) -> dict[str, Any]:
    if name == "followers_count":
        return {"total_value": {"value": int(world.audience.followers(account.number, np.array([ask.now]))[0])}}
    if name == "views":
        ends = pacific_ends(*window, ask.now)
        if not len(ends):
            return {"values": []}
        edges = np.array([previous_midnight(int(ends[0])), *ends], dtype=np.int64)
        series = world.series(account.number, name, edges, ask.now)
        return {"values": [{"value": int(v), "end_time": time_of(int(e))} for v, e in zip(series, ends, strict=True)]}
    edges = np.array([window[0], max(window[0], min(window[1], ask.now))], dtype=np.int64)
    value = int(world.series(account.number, name, edges, ask.now)[0])
    if name != "clicks":
        return {"total_value": {"value": value}}
    parts = [(link, part) for link, part in zip(_LINKS, (value - value // 3, value // 3), strict=True) if part]
    return {"link_total_values": [{"value": part, "link_url": link} for link, part in parts]}


def _conversation(ask: Ask, served: Served, item: Item, *, is_flat: bool) -> dict[str, Any]:
    """Replies of all levels, or only those right under the post; newest first unless `reverse` is false."""
    world = served.world.elsewhere
    found = [c for c in world.comments_of(item.number, ask.now) if is_flat or c.parent is None]
    if ask.query.get("reverse", "true") != "true":
        found.reverse()
    fields = fields_of(ask, "id,text,timestamp,username")
    # `page_of` hands out numbers from the highest on.
    return page_of(
        ask, served, list(range(len(found) - 1, -1, -1)),
        lambda places: [_reply(found[place], item.native_id, fields) for place in places],
    )  # fmt: skip


def _reply(comment: Comment, root_id: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": comment.native_id,
        "text": comment.text,
        "timestamp": time_of(comment.created_at),
        "username": comment.author_handle,
        "media_product_type": "THREADS",
        "media_type": "TEXT_POST",
        "is_reply": True,
        "is_reply_owned_by_me": comment.is_ours,
        "root_post": {"id": root_id},
        "replied_to": {"id": comment.parent_id or root_id},
        "hide_status": "NOT_HUSHED",
    }
    return {"id": comment.native_id} | _chosen(values, fields)


DIALECT = Dialect(
    name="threads",
    speaks=speaks,
    start=lambda: answer,
    refusals={name: REFUSALS[name] for name in ("expired_token", "limit_app", "limit_forbidden", "limit_user",
                                                "reduce_amount", "error_in_200", "invalid_metric")},
)  # fmt: skip
