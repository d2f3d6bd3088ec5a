"""What holds for the catalogue of metrics (METHOD 2): one definition a row, breaks named, unlike things apart."""

from __future__ import annotations

import csv
import datetime as dt
import re
from itertools import pairwise

import pytest
import sqlglot
from sqlglot import exp

from pipelines.sandbox.audience import WINDOW_FAMILIES
from pipelines.sandbox.counters import OFFERS
from pipelines.sources.facebook_pages.streams import PAGE_METRICS, POST_METRICS
from pipelines.sources.files import native_metrics
from pipelines.sources.instagram.streams import MEDIA_METRICS, SERIES_METRICS, TOTAL_METRICS
from tests.spec.tables import SQL

PLATFORMS = {"facebook", "instagram", "x", "youtube", "threads", "mastodon", "bluesky", "linkedin", "tiktok"}


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SQL / "seeds" / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


CATALOGUE = seed("metrics")
NOT_OFFERED = {(row["platform"], row["scope"], row["metric"]) for row in seed("not_offered")}


def spelling(native: str) -> str:
    return re.sub("[^a-z0-9]+", "_", native.lower())


def test_the_catalogue_has_one_meaning_for_a_native_metric_at_any_date():
    rows: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in CATALOGUE:
        rows.setdefault((row["platform"], row["scope"], spelling(row["native_metric"]), row["media_type"]), []).append(
            row
        )
    for key, same in rows.items():
        # a changed definition is a break, but one series keeps one name and one kind
        assert len({(r["metric"], r["kind"]) for r in same}) == 1, key
        ordered = sorted(same, key=lambda r: r["valid_from"])
        for earlier, later in pairwise(ordered):
            assert earlier["valid_to"], key
            assert later["valid_from"] > earlier["valid_to"], key


def test_a_canonical_metric_means_one_kind_of_thing_in_each_scope():
    meanings: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for row in CATALOGUE:
        meaning = (row["kind"], row["unit"], row["additive_over_posts"], row["additive_over_time"])
        meanings.setdefault((row["scope"], row["metric"]), set()).add(meaning)
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}


def test_no_unique_and_no_level_may_be_summed_over_time():
    assert [r for r in CATALOGUE if r["kind"] in ("unique", "gauge") and r["additive_over_time"] == "true"] == []
    assert [r for r in CATALOGUE if r["kind"] == "unique" and r["additive_over_posts"] == "true"] == []


@pytest.mark.parametrize(
    ("platform", "native", "metric", "valid_to"),
    [
        ("facebook", "post_impressions", "impressions", "2025-11-15"),
        ("facebook", "post_media_view", "views", ""),
        ("facebook", "post_impressions_unique", "reach_post", "2026-06-15"),
        ("facebook", "post_total_media_view_unique", "reach_post", ""),
        ("instagram", "impressions", "impressions", "2025-04-21"),
        ("instagram", "views", "views", ""),
        ("instagram", "saved", "saves", ""),
        ("x", "impression_count", "impressions", ""),
        ("x", "repost_count", "shares", ""),
        ("x", "retweet_count", "shares", ""),
        ("x", "url_link_clicks", "link_clicks", ""),
        ("youtube", "engagedViews", "engaged_views", ""),
        ("*", "reblogs_count", "shares", ""),
        ("*", "favourites_count", "reactions", ""),
    ],
)
def test_the_catalogue_says_what_the_method_says(platform, native, metric, valid_to):
    found = [
        (r["metric"], r["valid_to"])
        for r in CATALOGUE
        if (r["platform"], r["scope"], r["native_metric"]) == (platform, "post", native)
    ]
    assert found == [(metric, valid_to)]


def test_every_platform_of_the_method_is_in_the_catalogue_by_its_own_name():
    assert {row["platform"] for row in CATALOGUE} == PLATFORMS | {"*"}
    assert {row["platform"] for row in seed("platforms")} == PLATFORMS


def test_every_row_says_how_it_is_known_and_what_its_kind_allows():
    assert {row["certainty"] for row in CATALOGUE} == {"documented", "reported", "export"}
    assert {row["certainty"] for row in (*seed("platforms"), *seed("not_offered"))} <= {
        "documented",
        "reported",
        "assumed",
    }
    assert {row["kind"] for row in CATALOGUE} <= {"counter", "reversible", "unique", "gauge", "event"}
    assert {row["media_type"] for row in CATALOGUE} == {"", "short", "other"}
    assert [row for row in CATALOGUE if not row["definition"] or not row["unit"]] == []
    # a counter of posts adds up over posts and, by its deltas, over time; a platform's window adds up over days
    adds = [r for r in CATALOGUE if r["kind"] in ("counter", "reversible", "event")]
    assert [r for r in adds if (r["additive_over_posts"], r["additive_over_time"]) != ("true", "true")] == []
    assert {r["unit"] for r in CATALOGUE if r["kind"] == "unique"} == {"accounts"}


def test_one_definition_is_one_metric_of_one_platform_with_one_kind_and_unit():
    meanings: dict[str, set[tuple[str, ...]]] = {}
    for r in CATALOGUE:
        meaning = (r["platform"], r["scope"], r["metric"], r["kind"], r["unit"])
        meanings.setdefault(r["definition_id"], set()).add(meaning)
        platform = r["platform"].replace("*", "any")
        assert r["definition_id"].startswith(f"{platform}.{r['scope']}.{r['metric']}"), r
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}


def test_two_definitions_of_one_metric_on_one_platform_are_a_named_break():
    """Otherwise a line would be drawn from one to the other, and nobody would be told."""
    definitions: dict[tuple[str, str, str], set[str]] = {}
    for r in CATALOGUE:
        definitions.setdefault((r["platform"], r["scope"], r["metric"]), set()).add(r["definition_id"])
    breaks = {(r["replaces"], r["definition_id"]) for r in CATALOGUE if r["replaces"]}
    known = {r["definition_id"] for r in CATALOGUE}
    assert {old for old, _ in breaks} <= known
    several = {key for key, found in definitions.items() if len(found) > 1}
    assert several == {
        ("facebook", "post", "reach_post"),
        ("facebook", "account", "reach_window"),
        ("facebook", "account", "followers"),
        ("instagram", "post", "video_plays"),
        ("youtube", "post", "views"),
        ("youtube", "account", "views"),
        ("youtube", "account", "account_views"),
    }
    for key in several - {("instagram", "post", "video_plays")}:
        assert any(set(pair) == definitions[key] for pair in breaks), key


def breaks() -> set[tuple[str, str, str, str]]:
    """(old, new, last date of the old, first date of the new) of every break the catalogue names."""
    ends = {(r["definition_id"], r["media_type"]): r["valid_to"] for r in CATALOGUE}
    return {
        (r["replaces"], r["definition_id"], ends.get((r["replaces"], r["media_type"]), ""), r["valid_from"])
        for r in CATALOGUE
        if r["replaces"]
    }


def test_the_breaks_are_those_of_the_method():
    assert breaks() == {
        ("facebook.post.impressions", "facebook.post.views", "2025-11-15", ""),
        ("facebook.account.impressions", "facebook.account.views", "2025-11-15", ""),
        ("facebook.account.followers.fans", "facebook.account.followers.follows", "2025-11-15", ""),
        ("facebook.post.reach_post.impressions", "facebook.post.reach_post.viewers", "2026-06-15", ""),
        ("facebook.account.reach_window.impressions", "facebook.account.reach_window.viewers", "2026-06-15", ""),
        ("instagram.post.impressions", "instagram.post.views", "2025-04-21", "2025-01-21"),
        ("instagram.account.impressions", "instagram.account.views", "2025-04-21", ""),
        ("youtube.post.views.threshold", "youtube.post.views.first_frame", "2026-08-23", "2026-08-24"),
        ("youtube.post.views.threshold", "youtube.post.views.first_frame", "2025-03-30", "2025-03-31"),
        ("youtube.account.views.threshold", "youtube.account.views.first_frame", "2026-08-23", "2026-08-24"),
        ("youtube.account.account_views.threshold", "youtube.account.account_views.first_frame", "2026-08-23", "2026-08-24"),
    }  # fmt: skip


def metric_of(platform: str, scope: str, native: str) -> set[str]:
    own = [r for r in CATALOGUE if (r["platform"], r["scope"]) == (platform, scope)]
    anybody = [r for r in CATALOGUE if (r["platform"], r["scope"]) == ("*", scope)]
    for rows in (own, anybody):
        found = {r["metric"] for r in rows if spelling(r["native_metric"]) == spelling(native)}
        if found:
            return found
    return set()


@pytest.mark.parametrize(
    ("platform", "scope", "native", "metric"),
    [
        ("threads", "post", "views", "views"),
        ("threads", "account", "views", "profile_views"),  # views of the profile are not views of posts
        ("threads", "post", "reposts", "shares"),
        ("threads", "post", "shares", "sends"),
        ("instagram", "post", "likes", "reactions"),
        ("instagram", "post", "total_likes", "reactions_with_paid"),
        ("instagram", "account", "follower_count", "new_followers"),  # whatever its name, it is no level
        ("tiktok", "post", "favorites", "saves"),
        ("tiktok", "account", "follower_count", "followers"),
        ("mastodon", "post", "favourites_count", "reactions"),
        ("bluesky", "post", "bookmarkCount", "saves"),
        ("linkedin", "post", "uniqueImpressionsCount", "reach_post"),
        ("linkedin", "account", "uniqueImpressionsCount", "reach_window"),
        ("linkedin", "post", "engagement", "engagement_per_impression_linkedin_ratio"),  # its numerator has clicks
        ("x", "post", "engagements", "engagements"),  # so has X's
        ("youtube", "post", "engagedViews", "engaged_views"),
        ("facebook", "account", "fan_count", "page_likes"),
        ("facebook", "account", "page_follows", "followers"),
        ("facebook", "account", "page_views_total", "profile_views"),
    ],
)
def test_unlike_things_do_not_share_a_name(platform, scope, native, metric):
    assert metric_of(platform, scope, native) == {metric}


def test_a_conflict_between_meta_s_pages_stays_in_the_note():
    notes = [
        r["definition"]
        for r in CATALOGUE
        if r["native_metric"] in ("post_impressions_unique", "page_impressions_unique")
    ]
    assert all("2025" in note and "2026" in note for note in notes[-2:])


def test_what_a_platform_does_not_offer_is_said_and_is_not_in_its_catalogue():
    offered = {(r["platform"], r["scope"], r["metric"]) for r in CATALOGUE}
    assert offered & NOT_OFFERED - {("facebook", "post", "saves")} == set()
    for platform in ("mastodon", "bluesky"):
        for metric in ("views", "impressions", "reach_post"):
            assert (platform, "post", metric) in NOT_OFFERED


@pytest.mark.parametrize("metric", ["views", "impressions", "reach_post", "reactions", "comments", "shares", "saves"])
def test_of_every_platform_it_is_said_whether_its_posts_have_the_metrics_that_matter(metric):
    offered = {r["platform"] for r in CATALOGUE if (r["scope"], r["metric"]) == ("post", metric)}
    refused = {platform for platform, scope, name in NOT_OFFERED if (scope, name) == ("post", metric)}
    assert offered - {"*"} | refused == PLATFORMS


def staged_natives() -> set[tuple[str, str, str]]:
    """Native metrics that the staging models spell out."""
    found: set[tuple[str, str, str]] = set()
    for path in sorted((SQL / "staging").rglob("*.sql")):
        scope = {"post_readings": "post", "account_readings": "account", "account_windows": "account"}.get(
            path.stem.split("__")[1]
        )
        platform = path.parent.name.removesuffix("_pages")
        tree = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
        for alias in tree.find_all(exp.Alias):
            if scope and alias.alias == "native_metric" and isinstance(alias.this, exp.Literal):
                found.add((platform, scope, alias.this.this))
    return found


def asked_natives() -> set[tuple[str, str, str]]:
    """Native metrics that the connectors ask for, that the sandbox serves, and that native exports hold."""
    found = staged_natives()
    found |= {("facebook", "post", name) for name in POST_METRICS}
    found |= {("facebook", "account", name) for name in PAGE_METRICS}
    found |= {("instagram", "post", name) for names in MEDIA_METRICS.values() for name in names}
    found |= {("instagram", "account", name) for name in (*SERIES_METRICS, *TOTAL_METRICS)}
    found |= {(platform, "post", name) for platform, offers in OFFERS.items() for name in offers}
    found |= {("facebook" if n.startswith("page_") else "instagram", "account", n) for n in WINDOW_FAMILIES}
    exports = {
        "x": (native_metrics.X_ANALYTICS, native_metrics.PUBLISHER_X),
        "facebook": (native_metrics.PUBLISHER_FACEBOOK, native_metrics.META_FACEBOOK),
        "instagram": (native_metrics.META_INSTAGRAM,),
        "youtube": (native_metrics.PUBLISHER_YOUTUBE,),
    }
    return found | {(p, "post", name) for p, maps in exports.items() for names in maps for name in names.values()}


def test_every_native_metric_that_is_asked_for_served_or_imported_is_in_the_catalogue():
    unknown = {key for key in asked_natives() if not metric_of(*key)}
    assert sorted(unknown) == []
    assert len(asked_natives()) > 100


def test_the_sandbox_s_platforms_end_and_begin_what_the_catalogue_says():
    for platform, offers in OFFERS.items():
        for native, offer in offers.items():
            for row in CATALOGUE:
                if (row["platform"], row["scope"], row["native_metric"]) == (platform, "post", native) and offer.dead:
                    assert abs((dt.date.fromisoformat(row["valid_to"]) - offer.dead).days) <= 1, native
