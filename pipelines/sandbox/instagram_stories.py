"""Instagram's stories in the Graph dialect: the edge of the last 24 hours, the node, and its insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.sandbox.graph import fields_of, metrics_of, page_of, refuse, time_of
from pipelines.sandbox.stories import FEWEST_VIEWERS, METRICS, navigation, stories_of, story_metrics

if TYPE_CHECKING:
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.fields import Field
    from pipelines.sandbox.stories import Story
    from pipelines.sandbox.units import Account


def stories(ask: Ask, served: Served, account: Account) -> dict[str, Any]:
    """The account's stories of the last 24 hours, newest first."""
    found = {story.published: story for story in stories_of(account, ask.now)}
    fields = fields_of(ask, "id")
    return page_of(
        ask, served, sorted(found, reverse=True), lambda moments: [_node(ask, found[at], fields) for at in moments]
    )


def story_node(ask: Ask, story: Story) -> dict[str, Any]:
    """One story."""
    return _node(ask, story, fields_of(ask, "id"))


def _node(ask: Ask, story: Story, fields: tuple[Field, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": story.native_id,
        "media_type": "VIDEO" if story.is_video else "IMAGE",
        "media_product_type": "STORY",
        "permalink": f"https://www.instagram.com/stories/{story.account.handle}/{story.native_id}",
        "timestamp": time_of(story.published),
        "username": story.account.handle,
        "owner": {"id": story.account.native_id},
        "caption": None,
        "shortcode": f"T{story.native_id[-6:]}",
        "like_count": 0,
        "comments_count": 0,
    }
    node: dict[str, Any] = {"id": story.native_id}
    for field in fields:
        if field.name == "insights":
            node[field.key] = {"data": _metrics(ask, story, field.listed("metric"))}
        elif field.name not in values:
            raise refuse(f"(#100) Tried accessing nonexisting field ({field.name}) on node type (IGMedia)", 100)
        elif values[field.name] is not None:
            node[field.key] = values[field.name]
    return node


def story_insights(ask: Ask, story: Story) -> dict[str, Any]:
    """Figures of a story so far.

    Raises:
        RefusalError: a metric that stories do not have, or too few viewers.
    """
    return {"data": _metrics(ask, story, metrics_of(ask.query.get("metric")))}


def _metrics(ask: Ask, story: Story, names: list[str]) -> list[dict[str, Any]]:
    for place, name in enumerate(names):
        if name not in METRICS:
            raise refuse(f"(#100) metric[{place}] must be one of the following values: {', '.join(METRICS)}", 100)
    shown = story_metrics(story, ask.now)
    if shown["views"] < FEWEST_VIEWERS:
        raise refuse("(#10) Not enough viewers for the media to show insights", 10)
    return [
        {
            "name": name, "period": "lifetime", "title": name.replace("_", " ").capitalize(), "description": name,
            "id": f"{story.native_id}/insights/{name}/lifetime", **_value(ask, story, name, shown[name]),
        }
        for name in names
    ]  # fmt: skip


def _value(ask: Ask, story: Story, name: str, value: int) -> dict[str, Any]:
    dimension = ask.query.get("breakdown")
    if name != "navigation" or not dimension:
        return {"values": [{"value": value}]}
    results = [{"dimension_values": [action], "value": count} for action, count in navigation(story, ask.now).items()]
    return {"total_value": {"value": value, "breakdowns": [{"dimension_keys": [dimension], "results": results}]}}
