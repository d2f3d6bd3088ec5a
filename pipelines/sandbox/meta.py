"""Which Graph request is answered by whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.sandbox import facebook, instagram, instagram_comments, instagram_stories
from pipelines.sandbox.exchange import Answer, Dialect, Refusal, RefusalError
from pipelines.sandbox.graph import (
    check_permission,
    fields_of,
    invalid_metric,
    metrics_of,
    not_found,
    page_of,
    refuse,
    token_of,
    usage_headers,
    version_answered,
)
from pipelines.sandbox.stories import find_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account, Platform

_PATH = re.compile(r"/(v[0-9]+\.[0-9]+)(/.*)?$")
MAX_IDS = 50
LOW_USE, HIGH_USE = 4, 96
REGAIN_MINUTES = 12

_ACCOUNT_EDGES: dict[tuple[Platform, str], Callable[[Ask, Served, Account], dict[str, Any]]] = {
    ("facebook", ""): facebook.page_node,
    ("facebook", "published_posts"): facebook.published_posts,
    ("facebook", "posts"): facebook.published_posts,
    ("facebook", "feed"): facebook.published_posts,
    ("facebook", "insights"): facebook.page_insights,
    ("instagram", ""): instagram.account_node,
    ("instagram", "media"): instagram.media,
    ("instagram", "stories"): instagram_stories.stories,
    ("instagram", "insights"): instagram.account_insights,
}


def speaks(ask: Ask) -> bool:
    """Whether a request is Graph's."""
    return _PATH.match(ask.path) is not None


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a Graph request, with the headers every answer carries."""
    match = _PATH.match(ask.path)
    version, rest = (match[1], match[2] or "") if match else ("", ask.path)
    parts = [part for part in rest.split("/") if part]
    headers = {"facebook-api-version": version_answered(version, ask.now)}
    try:
        token = token_of(ask, served)
        body, owner = _dispatch(ask, served, token, parts)
    except RefusalError as refusal:
        refusal.answer.headers |= headers
        raise
    kind = "instagram" if owner is not None and owner.platform == "instagram" else "pages"
    used = HIGH_USE if "usage_high" in ask.faults else LOW_USE
    return Answer(body=body, headers=headers | usage_headers(owner.native_id if owner else "0", kind, used=used))


def _dispatch(ask: Ask, served: Served, token: str, parts: list[str]) -> tuple[dict[str, Any], Account | None]:
    if not parts and "ids" in ask.query:
        return _many(ask, served, token), None
    if parts == ["me", "accounts"]:
        return _my_accounts(ask, served, token), None
    if parts == ["debug_token"]:
        return _debug_token(ask, served), None
    if parts and parts[0] == "me":
        parts = [_me(served, token), *parts[1:]]
    if len(parts) not in (1, 2):
        raise refuse(f"Unknown path components: /{'/'.join(parts)}", 2500)
    return _object(ask, served, token, parts[0], parts[1] if len(parts) == 2 else "")


def _object(ask: Ask, served: Served, token: str, object_id: str, edge: str) -> tuple[dict[str, Any], Account]:
    world = served.world
    for platform in ("facebook", "instagram"):
        account = world.accounts_by_native_id.get((platform, object_id))
        if account is None or account.opened_at > ask.now:
            continue
        check_permission(served, token, account)
        read = _ACCOUNT_EDGES.get((platform, edge))
        if read is None:
            raise refuse(f"(#100) Tried accessing nonexisting field ({edge})", 100)
        return read(ask, served, account), account
    if found := _beside(ask, served, token, object_id, edge):
        return found
    is_post = "_" in object_id
    number = (facebook.find_post if is_post else instagram.find_media)(served, object_id, ask.now)
    owner = world.author(number)
    check_permission(served, token, owner)
    return _post(ask, served, number, edge, is_post=is_post), owner


def _beside(ask: Ask, served: Served, token: str, object_id: str, edge: str) -> tuple[dict[str, Any], Account] | None:
    """Instagram's stories and comments, which are no posts."""
    if story := find_story(served.world.accounts, object_id, ask.now):
        check_permission(served, token, story.account)
        read = {"": instagram_stories.story_node, "insights": instagram_stories.story_insights}.get(edge)
        if read is None:
            raise refuse(f"(#100) Tried accessing nonexisting field ({edge})", 100)
        return read(ask, story), story.account
    if comment := instagram_comments.find_comment(served, object_id, ask.now):
        owner = served.world.author(comment.post)
        check_permission(served, token, owner)
        read = {"": instagram_comments.node, "replies": instagram_comments.replies}.get(edge)
        if read is None:
            raise refuse(f"(#100) Tried accessing nonexisting field ({edge})", 100)
        return read(ask, served, comment), owner
    return None


def _post(ask: Ask, served: Served, number: int, edge: str, *, is_post: bool) -> dict[str, Any]:
    if edge == "comments":
        return (facebook if is_post else instagram_comments).comments(ask, served, number)
    if edge == "insights" and is_post:
        return {"data": facebook.post_insights(ask, served, number, metrics_of(ask.query.get("metric")))}
    if edge == "insights":
        return instagram.media_insights(ask, served, number)
    if edge:
        raise refuse(f"(#100) Tried accessing nonexisting field ({edge})", 100)
    if is_post:
        return facebook.post_nodes(ask, served, [number], fields_of(ask, "created_time,message,id"))[0]
    return instagram.media_nodes(ask, served, [number], fields_of(ask, "id"))[0]


def _many(ask: Ask, served: Served, token: str) -> dict[str, Any]:
    ids = [part for part in ask.query["ids"].split(",") if part]
    if len(ids) > MAX_IDS:
        raise refuse(f"(#100) Too many IDs. Maximum: {MAX_IDS}. Provided: {len(ids)}.", 100)
    return {one: _object(ask, served, token, one, "")[0] for one in ids}


def _me(served: Served, token: str) -> str:
    owner = served.tokens.owner("facebook", token) or served.tokens.owner("instagram", token)
    if owner is None:
        raise not_found("me")
    return owner


def _my_accounts(ask: Ask, served: Served, token: str) -> dict[str, Any]:
    pages = [a for a in served.world.accounts if a.platform == "facebook" and a.opened_at <= ask.now]
    if token != served.tokens.system_user:
        pages = []

    def render(numbers: list[int]) -> list[dict[str, Any]]:
        return [facebook.page_node(ask, served, pages[n]) | {"tasks": ["ANALYZE"]} for n in numbers]

    return page_of(ask, served, list(range(len(pages) - 1, -1, -1)), render)


def _debug_token(ask: Ask, served: Served) -> dict[str, Any]:
    token = ask.query.get("input_token", "")
    owner = served.tokens.owner("facebook", token) or served.tokens.owner("instagram", token)
    known = owner is not None or token == served.tokens.system_user
    scopes = [
        "pages_read_engagement",
        "pages_show_list",
        "read_insights",
        "instagram_basic",
        "instagram_manage_insights",
    ]
    ends = served.tokens.issued.ends_at(token)
    data: dict[str, Any] = {
        "app_id": "1", "application": "Syfte sandbox", "is_valid": known, "expires_at": ends or 0,
        "data_access_expires_at": 0,
        "type": "USER" if ends else "PAGE" if owner else "SYSTEM_USER", "scopes": scopes if known else [],
    }  # fmt: skip
    if owner is not None:
        data["profile_id"] = owner
    return {"data": data}


def _limited(code: int, message: str, *, kind: str = "pages", regain: int = 0, status: int = 400) -> RefusalError:
    refusal = refuse(message, code, status=status, is_transient=True)
    refusal.answer.headers |= usage_headers("0", kind, used=100, regain_minutes=regain)
    return refusal


def _error_in_200(_now: int) -> RefusalError:
    refusal = refuse("An unknown error has occurred.", 2, is_transient=True)
    refusal.answer.status = 200
    return refusal


_EXPIRED = "Error validating access token: Session has expired on Friday, 20-Nov-26 10:00:00 PST."
_TOO_MANY = "There have been too many calls to this"
_REDUCE = "Please reduce the amount of data you're asking for, then retry your request"

REFUSALS: dict[str, Refusal] = {
    "expired_token": Refusal(lambda _: refuse(_EXPIRED, 190, error_subcode=463), "Graph 190, subcode 463"),
    "limit_app": Refusal(lambda _: _limited(4, "(#4) Application request limit reached"), "Graph 4"),
    "limit_forbidden": Refusal(
        lambda _: _limited(4, "(#4) Application request limit reached", status=403), "Graph 4 with HTTP 403"
    ),
    "limit_user": Refusal(lambda _: _limited(17, "(#17) User request limit reached"), "Graph 17"),
    "limit_page": Refusal(lambda _: _limited(32, "(#32) Page request limit reached"), "Graph 32"),
    "limit_pages_business": Refusal(
        lambda _: _limited(80001, f"(#80001) {_TOO_MANY} Page account.", regain=REGAIN_MINUTES),
        "Graph 80001, with 12 minutes to regain access",
    ),
    "limit_instagram_business": Refusal(
        lambda _: _limited(80002, f"(#80002) {_TOO_MANY} Instagram account.", kind="instagram", regain=REGAIN_MINUTES),
        "Graph 80002, with 12 minutes to regain access",
    ),
    "reduce_amount": Refusal(
        lambda _: refuse(_REDUCE, 1, status=500), 'Graph: HTTP 500, "Please reduce the amount of data"'
    ),
    "error_in_200": Refusal(_error_in_200, "Graph: HTTP 200 with an error object"),
    "invalid_metric": Refusal(lambda _: invalid_metric(), 'Graph 100, "must be a valid insights metric"'),
}

DIALECT = Dialect(
    name="meta",
    speaks=speaks,
    start=lambda: answer,
    refusals=REFUSALS,
    shapes={"usage_high": "Graph: the usage headers say 96 %"},
)
