"""Posts: what worked for each goal, by its own measure at one age. No text of anybody's, and never tips per post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.charts.figures import figure, number
from pipelines.report.charts.scales import day_name
from pipelines.report.pages import telling
from pipelines.report.pages.blocks import Block, Cell, Link, Listing, Points, Prose, Section, page, places
from pipelines.report.pages.goal import unit_names
from pipelines.report.pages.words import listed, named, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipelines.report.site import Page, Row, Site
    from pipelines.wording import Language


def pages(site: Site) -> Iterator[Page]:
    """`posts.html`."""
    lang = site.lang
    posts, units = site.ask("posts_at_age"), unit_names(site)
    blocks: list[Block] = [Prose(say("posts.nothing", lang))]
    if not posts.is_empty():
        ages = posts["age_hours"].drop_nulls()
        hours = number(ages[0], lang, decimals=0) if len(ages) else "168"
        said = (say("posts.age", lang, hours=hours), say("posts.caution", lang), say("posts.no_tips", lang))
        blocks = [Points(said)]
        for goal in site.publication.goals:
            own = posts.filter(posts["goal_id"] == goal["goal_id"])
            if not own.is_empty():
                blocks.append(_goal(site, goal, own, units))
    yield page(
        site,
        path="posts.html",
        title=say("posts.title", lang),
        summary=say("posts.summary", lang),
        blocks=tuple(blocks),
        place=say("posts.place", lang),
        section="posts",
    )


def _goal(site: Site, goal: Row, posts: pl.DataFrame, units: dict[str, str]) -> Section:
    """One goal: its measure, then each platform."""
    lang, label = site.lang, site.say.of(goal, "label")
    key = places("goal", str(goal["position"]), goal["goal_id"])
    first = posts.row(0, named=True)
    metrics = ", ".join(
        f"{named('platform', row['platform'], lang)}: {named('metric', row['contact_metric'], lang)}"
        for row in posts.unique("platform", maintain_order=True).iter_rows(named=True)
        if row["contact_metric"]
    )
    measure = say(
        f"posts.{first['measure']}", lang, metrics=metrics or say("table.none", lang),
        acts=listed("metric", first["numerators"], lang), kpi=first["kpi_id"],
    )  # fmt: skip
    blocks: list[Block] = [Prose(measure)]
    for platform in posts["platform"].unique(maintain_order=True):
        own = posts.filter(posts["platform"] == platform)
        blocks.append(_platform(label, f"{key}-{places(platform)}", own, units, lang))
    return Section(key, label, tuple(blocks))


def _platform(goal: str, key: str, posts: pl.DataFrame, units: dict[str, str], lang: Language) -> Section:
    first = posts.row(0, named=True)
    called = named("platform", first["platform"], lang)
    counts = {name: number(first[name], lang, decimals=0) for name in ("posts", "measured")}
    if not first["measured"]:
        return Section(key, called, (Prose(say("posts.none", lang, **counts)),))
    quartiles = {name: figure(first[name], "", lang) for name in ("quarter", "median", "three_quarters")}
    is_ratio = first["measure"] != "contacts"
    headings = ["kind", "post", "media", *(["per_1000"] if is_ratio else []), "contacts_column"]
    listing = Listing(
        name=f"{key}-posts",
        caption=say("posts.caption", lang, goal=goal, platform=called),
        headings=tuple(say(f"posts.{name}", lang) for name in headings),
        rows=tuple(_post(row, units, is_ratio, lang) for row in _ordered(posts)),
        nothing=say("table.none", lang),
    )
    return Section(key, called, (Prose(say("posts.spread", lang, **counts, **quartiles)), listing))


def _ordered(posts: pl.DataFrame) -> list[Row]:
    return posts.sort("kind", "value", "post_id", descending=[False, True, False]).to_dicts()


def _post(row: Row, units: dict[str, str], is_ratio: bool, lang: Language) -> tuple[Cell, ...]:
    """A post by its unit and day; linked where it still stands at an address of its platform."""
    unit = units.get(row["unit_id"], row["unit_id"]) or say("table.unknown", lang)
    when = day_name(row["published_at"].date(), lang) if row["published_at"] else say("table.unknown", lang)
    called = telling.safely(f"{unit}, {when}")
    if row["permalink"]:
        post = Cell(Link(called, row["permalink"]))
    else:
        why = say("posts.deleted" if row["deleted_seen_at"] else "posts.no_address", lang)
        post = Cell(f"{called} ({why})")
    kind = named("posts", row["kind"], lang)
    figures = [Cell(figure(row["value"], "", lang), is_number=True)] if is_ratio else []
    return (
        Cell(kind),
        post,
        telling.text(named("media", (row["media_type"] or "").lower(), lang)),
        *figures,
        telling.count(row["contacts"], lang),
    )
