"""Real exports, read here and by the csv module: nothing lost, and every counter's sum the same."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.sources.files import native_exports
from pipelines.sources.files.plan import ImportOptions
from pipelines.sources.files.read import read_paths

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real exports are not beside this repository")


def read(*paths, **options):
    return list(read_paths(paths, ImportOptions(now=NOW, **options)))


def rows_of(path):
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def snapshots(results):
    return pl.concat(t.frame for r in results for t in r.tables if t.stream.name == "post_snapshots")


def test_every_tweet_of_the_monthly_files_is_read_and_the_ledger_is_skipped():
    results = read(DATA / "x_analytics_exports")
    known = [r for r in results if r.format]
    (ledger,) = [Path(r.path).name for r in results if not r.format]
    assert ledger.startswith("twitter_metrics_monthly_")
    assert len(known) == 37
    rows = [row for r in known for row in rows_of(r.path)]
    assert len(rows) == 1129
    posts = pl.concat(t.frame for r in known for t in r.tables if t.stream.name == "posts")
    assert sorted(set(posts["post_id"])) == sorted({f"x:{row['Tweet id']}" for row in rows})
    assert not any(t.rejected for r in known for t in r.tables)
    found = snapshots(known)
    for metric in ("impressions", "engagements", "likes", "retweets", "replies"):
        expected = sum(float(row[metric]) for row in rows if row[metric] != "-")
        assert found.filter(native_metric=metric)["value"].sum() == expected


@pytest.mark.parametrize("name", ["genv_facebook.csv", "genv_twitter.csv", "genv_youtube.csv", "veg3_ig.csv"])
def test_each_native_export_keeps_every_row_and_the_sum_of_every_column(name):
    path = DATA / "native_exports" / name
    (result,) = read(path)
    rows = rows_of(path)
    plan = native_exports.recognise(list(rows[0]))
    assert plan is not None
    (counting,) = [t for t in result.tables if t.counts_rows]
    assert counting.rows_read == counting.frame.height == len(rows)
    assert not counting.rejected
    posts = next(t.frame for t in result.tables if t.stream.name == "posts")
    assert posts["post_id"].n_unique() == posts.height == len(rows)
    found = snapshots([result])
    for column, metric in plan.metrics.items():
        given = [float(row[column]) for row in rows if row[column] not in ("", "-")]
        values = found.filter(native_metric=metric)["value"]
        assert values.count() == len(given), column
        assert values.sum() == pytest.approx(sum(given), abs=1e-6), column
    printed = sum(row[column] == "-" for row in rows for column in plan.metrics)
    assert found.filter(status="not_offered").height == printed


def test_a_noon_post_of_the_publishing_tool_is_at_noon_there():
    (result,) = read(DATA / "native_exports" / "genv_facebook.csv")
    posts = next(t.frame for t in result.tables if t.stream.name == "posts")
    assert posts["published_at"][0] == dt.datetime(2024, 1, 1, 17, 19, tzinfo=dt.UTC)


def test_the_lines_of_rows_with_text_over_many_lines_are_the_file_s_own():
    path = DATA / "native_exports" / "veg3_ig.csv"
    (result,) = read(path)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        ends = [0, *(reader.line_num for _ in reader)]
    assert result.tables[0].frame["line"].to_list() == [end + 1 for end in ends[1:-1]]


def test_the_readings_of_six_videos_are_all_accounted_for():
    path = DATA / "youtube_snapshots" / "readings.tsv"
    (result,) = read(path, mapping=str(ROOT / "docs/examples/youtube_readings.mapping.yaml"))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 6205
    counting = result.tables[0]
    assert counting.rows_read == counting.frame.height + len(counting.rejected) == 6205
    found = snapshots([result])
    assert found["post_id"].n_unique() == 6
    good = [fields for fields in (line.split("\t") for line in lines) if len(fields) == 5 and all(fields)]
    for place, metric in ((2, "views"), (3, "likes"), (4, "dislikes")):
        assert found.filter(native_metric=metric)["value"].sum() == sum(int(fields[place]) for fields in good)
    falls = found.filter(native_metric="views")
    assert falls.height == len(good)
