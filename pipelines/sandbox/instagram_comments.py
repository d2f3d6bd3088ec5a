"""Comments under Instagram's media: two levels, however deep people talk, and the account's own among the replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.sandbox.graph import fields_of, not_found, page_of, refuse, time_of

if TYPE_CHECKING:
    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.fields import Field

FIRST_ID = 18_000_000_000_000_000
DEFAULT_FIELDS = "id,text,timestamp"
_REPLY_FIELDS = ("id", "text", "timestamp")


def comments(ask: Ask, served: Served, number: int) -> dict[str, Any]:
    """Comments on a media that stand, newest first, each with its replies if they are asked for."""
    said = served.world.comments_of(number, ask.now)
    top = [comment for comment in said if comment.parent is None]
    fields = fields_of(ask, DEFAULT_FIELDS)

    def render(places: list[int]) -> list[dict[str, Any]]:
        return [_node(top[place], said, fields) for place in places]

    return page_of(ask, served, list(range(len(top) - 1, -1, -1)), render)


def replies(ask: Ask, served: Served, comment: Comment) -> dict[str, Any]:
    """Replies to a comment, oldest first."""
    under = _under(comment, served.world.comments_of(comment.post, ask.now))
    fields = fields_of(ask, DEFAULT_FIELDS)

    def render(places: list[int]) -> list[dict[str, Any]]:
        return [_node(under[-1 - place], under, fields) for place in places]

    return page_of(ask, served, list(range(len(under) - 1, -1, -1)), render)


def node(ask: Ask, served: Served, comment: Comment) -> dict[str, Any]:
    """One comment."""
    return _node(comment, served.world.comments_of(comment.post, ask.now), fields_of(ask, DEFAULT_FIELDS))


def find_comment(served: Served, object_id: str, now: int) -> Comment | None:
    """A comment that stands, by its id; None if the id is no comment's.

    Raises:
        RefusalError: it was one, or is not yet.
    """
    if not object_id.isdigit() or int(object_id) < FIRST_ID:
        return None
    comment = served.world.conversation.find(int(object_id) - FIRST_ID)
    if comment is None or served.world.author(comment.post).platform != "instagram":
        return None
    if not comment.created_at <= now < comment.deleted_at:
        raise not_found(object_id)
    return comment


def _under(comment: Comment, said: list[Comment]) -> list[Comment]:
    return [one for one in said if one.root == comment.number and one.parent is not None]


def _node(comment: Comment, said: list[Comment], fields: tuple[Field, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": comment.native_id,
        "text": comment.text,
        "timestamp": time_of(comment.created_at),
        "username": comment.author_handle,
        "from": {"id": comment.author_id, "username": comment.author_handle},
        "like_count": comment.number % 3,
        "hidden": False,
        "parent_id": None if comment.parent is None else str(FIRST_ID + comment.root),
    }
    body: dict[str, Any] = {"id": comment.native_id}
    for field in fields:
        if field.name == "replies":
            if under := _under(comment, said):
                inside = field.inside or tuple(type(field)(name) for name in _REPLY_FIELDS)
                body[field.key] = {"data": [_node(one, [], inside) for one in under]}
        elif field.name not in values:
            raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (IGComment)", 100)
        elif values[field.name] is not None:
            body[field.key] = values[field.name]
    return body
