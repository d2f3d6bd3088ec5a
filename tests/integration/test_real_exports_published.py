"""Real exports, all the way: what the files hold is what readers get, summed by an independent reader."""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.project import Project
from pipelines.run import import_files, run_project
from pipelines.run.preparing import present
from pipelines.sources.files.plan import ImportOptions
from pipelines.warehouse.connection import open_hardened
from tests.integration.projects import ROOT, plain_project

DATA = ROOT.parent / "shared" / "data"
MAPPING = ROOT / "docs" / "examples" / "youtube_readings.mapping.yaml"

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the real exports (../shared/data) are not here"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    project = Project(plain_project(tmp_path_factory.mktemp("real")))
    import_files(project, [DATA / "x_analytics_exports", DATA / "native_exports"])
    readings = DATA / "youtube_snapshots" / "readings.tsv"
    import_files(project, [readings], ImportOptions(now=present(project), mapping=str(MAPPING)))
    run_project(project, pull=False, report=False)
    return project


@pytest.fixture(scope="module")
def reader(project):
    with open_hardened(project.published_db) as con:
        yield con


def rows(*paths: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found.extend(csv.DictReader(file))
    return found


def totals(given: list[dict[str, str]], columns: dict[str, str]) -> dict[str, float]:
    return {
        metric: sum(float(r[column]) for r in given if r[column] not in ("", "-")) for metric, column in columns.items()
    }


def latest(reader, account_like: str, platform: str) -> dict[str, float]:
    """Sums of the newest readings; the table of readings, which knows no time of publication, is left out."""
    query = """
        select native_metric, sum(value)
        from published.post_metric_latest as latest
        inner join published.post as posts on latest.post_id = posts.post_id
        where posts.platform = ? and posts.account_id like ? and posts.published_at is not null
        group by native_metric
    """
    return dict(reader.execute(query, [platform, account_like]).fetchall())


def test_every_tweet_of_the_37_monthly_files_is_there_with_the_files_own_sums(reader):
    given = rows(*sorted((DATA / "x_analytics_exports").glob("tweet_activity_metrics_*.csv")))
    handle = given[0]["Tweet permalink"].split("/")[3].lower()
    ids = {row[0] for row in reader.execute("select post_id from published.post where platform = 'x'").fetchall()}
    assert {f"x:{row['Tweet id']}" for row in given} <= ids
    columns = ("impressions", "engagements", "likes", "retweets", "replies")
    found = latest(reader, f"x:@{handle}", "x")
    wanted = totals(given, {name: name for name in columns})
    assert {name: found[name] for name in columns} == wanted
    assert len(given) == 1129


@pytest.mark.parametrize(
    ("name", "platform", "accounts", "columns"),
    [
        ("genv_facebook.csv", "facebook", "facebook:%", {
            "organic_reach": "Organic Reach", "paid_reach": "Paid Reach", "total_reach": "Total reach",
            "organic_impressions": "Organic impressions", "paid_impressions": "Paid impressions",
            "total_impressions": "Total impressions", "engaged_users": "Engaged users", "clicks": "Clicks",
            "link_clicks": "Link clicks", "photo_views": "Photo views", "total_video_views": "Total video views",
        }),
        ("genv_youtube.csv", "youtube", "youtube:unknown", {
            "views": "Views", "likes": "Likes", "dislikes": "Dislikes", "comments": "Comments", "shares": "Shares",
        }),
        ("veg3_ig.csv", "instagram", "instagram:%", {
            "impressions": "Impressions", "reach": "Reach", "shares": "Shares", "likes": "Likes",
            "comments": "Comments", "saves": "Saves", "plays": "Plays", "follows": "Follows",
        }),
    ],
)  # fmt: skip
def test_a_native_exports_sums_are_the_published_ones(reader, name, platform, accounts, columns):
    given = rows(DATA / "native_exports" / name)
    found = latest(reader, accounts, platform)
    assert {metric: found[metric] for metric in columns} == totals(given, columns)


def test_the_publishers_posts_on_x_keep_their_own_sums_beside_the_other_accounts(reader):
    given = rows(DATA / "native_exports" / "genv_twitter.csv")
    columns = {"impressions": "Impressions", "likes": "Likes", "reposts": "Reposts", "quote_posts": "Quote posts"}
    found: dict[str, float] = defaultdict(float)
    for handle in {row["Url"].split("/")[3].lower() for row in given}:
        for metric, value in latest(reader, f"x:@{handle}", "x").items():
            found[metric] += value or 0
    assert {metric: found[metric] for metric in columns} == totals(given, columns)


def test_six_videos_keep_their_falling_counters_and_conserve_them(reader):
    """Per video and counter: the days' gains and corrections, and what belongs to no day, make up the last reading."""
    with (DATA / "youtube_snapshots" / "readings.tsv").open(encoding="utf-8", newline="") as file:
        given = sorted(csv.reader(file, delimiter="\t"))
    series: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for line in given:
        for column in (2, 3, 4):
            series[line[1], column].append(int(line[column]))
    falls = sum(after < before for counts in series.values() for before, after in pairwise(counts))
    query = """
        with videos as (
            select distinct post_id from published.post_metric_daily where post_id like 'youtube:%'
        ),
        amounts as (
            select post_id, native_metric, gain + correction as amount from published.post_metric_daily
            union all
            select post_id, native_metric, amount from published.post_metric_unallocated
        )
        select round(sum(amounts.amount), 3)
        from amounts inner join videos on amounts.post_id = videos.post_id
        group by amounts.post_id, amounts.native_metric
    """
    found = sorted(row[0] for row in reader.execute(query).fetchall())
    assert found == sorted(counts[-1] for counts in series.values())
    assert len(found) == 18
    assert falls > 0
    corrections = "select sum(correction) from published.post_metric_daily where post_id like 'youtube:%'"
    assert reader.execute(corrections).fetchall()[0][0] < 0


def test_each_file_accounts_for_all_its_rows(reader):
    counts = reader.execute(
        "select rows_read, rows_stored, rows_duplicate, rows_quarantined from published.load_log"
    ).fetchall()
    assert all(read == stored + duplicate + quarantined for read, stored, duplicate, quarantined in counts)
    assert (6205, 6203, 2, 0) in counts
