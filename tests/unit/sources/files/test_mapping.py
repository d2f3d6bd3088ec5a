"""Mapping files: what they can say, and where they say that something is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError
from pipelines.sources.files.mapping import read_mapping
from pipelines.sources.files.plan import ImportOptions
from pipelines.sources.files.read import read_paths

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
EXAMPLE = Path(__file__).parents[4] / "docs/examples/youtube_readings.mapping.yaml"

GOOD = """\
version: 1
title: Monthly ledger
match:
  header: [when, followers]
stream: account_snapshots
time: {zone: Europe/Stockholm, format: "%d.%m.%Y"}
fields:
  observed_at: when
constants:
  account_id: x:1
metrics:
  followers: followers
"""


def read(path, mapping):
    (result,) = read_paths([path], ImportOptions(now=NOW, mapping=str(mapping)))
    return result


def test_the_youtube_example_reads_a_table_without_header_in_moscow_time(tmp_path):
    path = tmp_path / "readings.tsv"
    path.write_text(
        '2021-01-19 17:00:05\tA "first" title &amp; more\t100\t10\t1\n'
        "2021-01-19 17:00:05\tAnother title\t7\t\t0\n"
        "\n"
        '2021-01-19 17:15:04\tA "first" title &amp; more\t90\t11\t1\n',
        encoding="utf-8",
    )
    views, others, posts, accounts = read(path, EXAMPLE).tables
    assert views.frame["observed_at"].to_list()[0] == dt.datetime(2021, 1, 19, 14, 0, 5, tzinfo=dt.UTC)
    assert views.frame["value"].to_list() == [100.0, 7.0, 90.0]  # a counter that falls stays as it was read
    assert views.frame["line"].to_list() == [1, 2, 4]
    assert [(bad.line, bad.reason) for bad in views.rejected] == [(3, "an empty row")]
    assert others.frame.filter(native_metric="likes")["value"].to_list() == [10.0, None, 11.0]
    assert posts.frame["text"].to_list() == ['A "first" title &amp; more', "Another title"]
    assert posts.frame["published_at"].to_list() == [None, None]
    assert views.frame["post_id"].n_unique() == 2
    assert accounts.frame["account_id"].to_list() == ["youtube:unknown"]


def test_a_ledger_of_account_figures_is_read_by_its_header_whatever_the_file_is_called(tmp_path):
    mapping = tmp_path / "m.yaml"
    mapping.write_text(GOOD)
    path = tmp_path / "ledger.csv"
    path.write_text("when;followers;boss\n31.12.2024;1200;x\n01.07.2025;1300;y\n")
    result = read(path, mapping)
    assert result.format == "Monthly ledger"
    (table,) = result.tables
    assert table.frame.select("account_id", "native_metric", "value").rows() == [
        ("x:1", "followers", 1200.0),
        ("x:1", "followers", 1300.0),
    ]
    assert [f"{at:%Y-%m-%d %H:%M}" for at in table.frame["observed_at"]] == ["2024-12-30 23:00", "2025-06-30 22:00"]
    assert table.dropped_columns == ("boss",)


def test_a_file_the_mapping_is_not_for_is_still_recognised_by_its_own_header(tmp_path):
    mapping = tmp_path / "m.yaml"
    mapping.write_text(GOOD)
    path = tmp_path / "units.csv"
    path.write_text("unit_id,name\nu,N\n")
    assert read(path, mapping).format == "canonical table units"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("version: 1", "version: 2", 1, "version"),
        ("title: Monthly ledger", "titel: Monthly ledger", 1, "title"),
        ("  header: [when, followers]", "  header: [when, followers]\n  colums: 3", 5, "colums"),
        ("stream: account_snapshots", "stream: ledger", 5, "ledger is none of units"),
        ("zone: Europe/Stockholm", "zone: Stockholm", 6, "not a time zone"),
        ('format: "%d.%m.%Y"', 'format: "%d.%m"', 6, "no year"),
        ('format: "%d.%m.%Y"', 'format: "%Y %Q"', 6, "not a time format"),
        ("  observed_at: when", "  observed_at: when\n  likes: when", 7, "has no likes"),
        ("  observed_at: when", "  observed_at: then", 1, "'then'"),
        ("  account_id: x:1", "  handle: x", 7, "handle"),
        ("  followers: followers", "  Followers: followers", 12, "pattern"),
        ("  followers: followers", "  followers: [", 13, "not YAML"),
    ],
)
def test_a_wrong_mapping_is_an_error_with_its_line(tmp_path, old, new, line, says):
    assert old in GOOD
    path = tmp_path / "m.yaml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigurationError, match="mapping file") as caught:
        read_mapping(path)
    assert says in str(caught.value)
    assert caught.value.where.endswith(f"line {line}")
    assert caught.value.do


def test_a_mapping_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "line"),
    [("version: 1\ntitle: 2025-02-30\n", 2), ("version: !!int x\n", 1), ("a: !!bool x\n", 1), ("a: 0x_\n", 1)],
)
def test_a_value_that_only_looks_like_one_is_told_by_its_line(tmp_path, text, line):
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="` is no ") as caught:
        read_mapping(path)
    assert caught.value.where == f"{path}:{line}"


def test_a_mapping_that_is_nested_without_end_is_an_error(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("version: " + "[" * 3000)
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        read_mapping(path)
