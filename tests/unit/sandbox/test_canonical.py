"""The canonical folder agrees with the world, and has the faults it says it has."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from pipelines.sandbox.calendar import NEVER, midnight
from pipelines.sandbox.canonical import OUTAGE, write_canonical
from pipelines.sandbox.posting import hash_case

UNTIL = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("canonical")
    write_canonical(small, folder, until=UNTIL, canaries=True)
    return folder


@pytest.fixture(scope="module")
def snapshots(folder):
    return pl.read_parquet(folder / "post_snapshots.parquet").with_columns(
        pl.col("observed_at", "ingested_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
    )


def test_every_table_of_the_canonical_import_is_there_with_the_rows_it_reports(small, tmp_path):
    rows = write_canonical(small, tmp_path, until=UNTIL)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(rows)
    assert set(rows) == {
        "units", "accounts", "posts", "post_snapshots", "account_snapshots", "account_windows", "interactions",
        "tips", "surveys", "survey_responses",
    }  # fmt: skip
    assert rows["units"] == 22
    assert pl.read_csv(tmp_path / "units.csv")["population"].to_list()[0] == sum(u.population for u in small.units)


def test_two_folders_of_one_world_are_the_same_byte_for_byte(small, tmp_path):
    for name in "ab":
        write_canonical(small, tmp_path / name, until=UNTIL)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_reading_in_the_folder_is_what_the_world_shows_at_that_instant(small, snapshots):
    good = snapshots.filter(pl.col("status") == "ok")
    for row in good.sample(300, seed=1).iter_rows(named=True):
        shown = small.post_metrics(small.posts_by_id[row["post_id"]], row["observed_at"])
        assert shown[row["native_metric"]] == row["value"]


def test_readings_are_daily_to_28_days_then_weekly_to_90_and_none_in_the_outage(small, snapshots):
    deleted, published = small.posts.counters.deleted_at, small.posts.published
    number = int(
        np.flatnonzero(
            (deleted >= NEVER) & (published > OUTAGE[1]) & (published < midnight(UNTIL.date()) - 95 * 86400)
        )[0]
    )
    post = small.post(number)
    ages = (
        snapshots.filter(pl.col("post_id") == post.post_id)
        .select((pl.col("observed_at") - post.published_at).dt.total_hours().alias("age"))["age"]
        .unique()
        .sort()
    )
    gaps = ages.diff().drop_nulls().to_list()
    assert set(gaps) <= {23, 24, 25, 167, 168, 169}
    assert sum(gap < 30 for gap in gaps) in {26, 27, 28}
    assert 82 * 24 < ages[-1] <= 90 * 24
    start, end = (datetime.fromtimestamp(at, UTC) for at in OUTAGE)
    assert snapshots.filter(pl.col("observed_at").is_between(start, end, closed="left")).is_empty()
    assert not snapshots.filter(pl.col("observed_at").is_between(end, end + (end - start))).is_empty()


def test_some_values_are_missing_some_rows_came_twice_and_some_late(snapshots):
    assert set(snapshots["status"].unique()) == {"ok", "not_found", "error"}
    assert snapshots.filter(pl.col("status") != "ok")["value"].null_count() > 0
    assert snapshots.filter(pl.col("status") == "ok")["value"].null_count() == 0
    twice = snapshots.height - snapshots.unique().height
    assert 0.001 < twice / snapshots.height < 0.006
    late = snapshots.filter(pl.col("ingested_at") - pl.col("observed_at") > pl.duration(days=1)).height
    assert 0.005 < late / snapshots.height < 0.02
    assert snapshots["ingested_at"].max() < UNTIL
    assert (snapshots["ingested_at"] >= snapshots["observed_at"]).all()


def test_a_metric_is_in_the_folder_only_while_the_platform_served_it(snapshots):
    seen = snapshots.group_by("native_metric").agg(
        pl.min("observed_at").alias("first"), pl.max("observed_at").alias("last")
    )
    spans = {name: (first, last) for name, first, last in seen.iter_rows()}
    assert spans["post_impressions"][1] < datetime(2025, 11, 14, 23, tzinfo=UTC)
    assert datetime(2025, 9, 30, 22, tzinfo=UTC) <= spans["post_media_view"][0] < datetime(2025, 10, 3, tzinfo=UTC)
    assert spans["impressions"][1] < datetime(2025, 4, 20, 22, tzinfo=UTC)
    assert len(spans) == 18  # comments and shares have the same name on Facebook and Instagram


def test_a_deleted_post_is_seen_as_gone_by_the_first_reading_after(small, folder, snapshots):
    posts = pl.read_parquet(folder / "posts.parquet").filter(pl.col("deleted_seen_at").is_not_null())
    assert not posts.is_empty()
    for row in posts.iter_rows(named=True):
        mine = snapshots.filter((pl.col("post_id") == row["post_id"]) & (pl.col("status") == "not_found"))
        gone = small.post(small.posts_by_id[row["post_id"]]).deleted_at
        assert gone <= datetime.fromisoformat(row["deleted_seen_at"])
        if not mine.is_empty():
            assert mine["observed_at"].min() >= gone


def test_the_tips_table_holds_every_tip_and_every_appeal_id_is_the_keyed_hash_of_its_case(small, folder):
    tips = pl.read_parquet(folder / "tips.parquet")
    end = int(UNTIL.timestamp())
    assert tips.height == int((small.tips.received + 3600 <= end).sum())
    assert tips["tip_id"].n_unique() == tips.height
    known = {hash_case(case) for case in small.posts.case_numbers}
    named = tips["appeal_id"].drop_nulls()
    assert len(named)
    assert set(named) <= known


def test_no_raw_case_number_reaches_the_tips_and_canaries_come_only_when_asked_for(small, folder, tmp_path):
    with_canaries = (folder / "tips.parquet").read_bytes()
    write_canonical(small, tmp_path, until=UNTIL)
    plain = pl.read_parquet(tmp_path / "tips.parquet")
    assert plain.columns == [
        "tip_id", "received_at", "unit_id", "channel", "ref_code", "appeal_id", "heard_via", "disposition",
    ]  # fmt: skip
    assert "CANARY" not in plain.write_csv()
    assert "2025-K" not in plain.write_csv()
    assert pl.read_parquet(with_canaries).filter(pl.col("fritext").str.starts_with("CANARY-")).height == plain.height
    assert "CANARY" not in (tmp_path / "interactions.ndjson").read_text(encoding="utf-8")
    assert "CANARY-AUTHOR-q" in (folder / "interactions.ndjson").read_text(encoding="utf-8")
    assert "CANARY" not in (tmp_path / "survey_responses.csv").read_text(encoding="utf-8")
    assert "CANARY-KOMMENTAR-" in (folder / "survey_responses.csv").read_text(encoding="utf-8")


def test_an_earlier_end_gives_a_prefix(small, tmp_path):
    rows = write_canonical(small, tmp_path, until=datetime(2025, 6, 1, tzinfo=UTC))
    assert rows["surveys"] == 0
    assert pl.read_parquet(tmp_path / "posts.parquet")["published_at"].max() < "2025-06-01"
    assert pl.read_ndjson(tmp_path / "interactions.ndjson")["asked_at"].max() < "2025-06-01"
    windows = pl.read_parquet(tmp_path / "account_windows.parquet")
    assert windows["window_end"].max() <= "2025-06-01T07:00:00Z"


def test_page_days_end_at_pacific_midnight_on_both_sides_of_the_clock_change(folder):
    windows = pl.read_parquet(folder / "account_windows.parquet")
    hours = set(windows["window_end"].str.slice(11, 9))
    assert hours == {"07:00:00Z", "08:00:00Z"}
    autumn = windows.filter(pl.col("window_start") == "2025-11-02T07:00:00Z")
    assert set(autumn["window_end"]) == {"2025-11-03T08:00:00Z"}
