"""Native exports, hand-made and small: what each format's awkward rows become."""

from __future__ import annotations

import datetime as dt
import hashlib
import os

import pytest

from pipelines.errors import InputError
from pipelines.sources.files.plan import ImportOptions
from pipelines.sources.files.read import read_paths

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

X_HEADER = '"Tweet id","Tweet permalink","Tweet text","time","impressions","engagements","likes","promoted likes"\n'
FACEBOOK = "Date,Content,Created by,Labels,Total reach,Total impressions,Link clicks,Total video views,Url\n"
META_IG = (
    "Post ID,Account ID,Account username,Account name,Description,Publish time,Permalink,"
    "Post type,Date,Views,Reach,Likes,Comments\n"
)


def read(path, **options):
    (result,) = read_paths([path], ImportOptions(now=NOW, **options))
    return result


def frame(result, stream):
    import polars as pl

    frames = [table.frame for table in result.tables if table.stream.name == stream]
    return pl.concat(frames)


def readings(result):
    """(line, native metric) -> (value, status)."""
    return {
        (row["line"], row["native_metric"]): (row["value"], row["status"])
        for row in frame(result, "post_snapshots").iter_rows(named=True)
    }


def times(result):
    return [f"{at:%Y-%m-%d %H:%M}" for at in frame(result, "posts")["published_at"]]


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_an_x_export_is_known_by_its_header_and_a_dash_is_not_offered_while_zero_is_zero(tmp_path):
    path = write(
        tmp_path / "anything.dat",
        X_HEADER
        + '"101","https://twitter.com/Example/status/101","Hello","2017-05-31 14:12 +0000","2633.0","12.0","0.0","-"\n',
    )
    result = read(path)
    assert result.format == "X Analytics, posts"
    assert readings(result) == {
        (2, "impressions"): (2633.0, "ok"),
        (2, "engagements"): (12.0, "ok"),
        (2, "likes"): (0.0, "ok"),
        (2, "promoted_likes"): (None, "not_offered"),
    }
    post = frame(result, "posts").row(0, named=True)
    assert (post["post_id"], post["account_id"]) == ("x:101", "x:@example")
    assert frame(result, "accounts")["handle"].to_list() == ["Example"]


def test_only_one_table_counts_the_rows_and_it_has_one_row_per_row_of_the_file(tmp_path):
    row = '"{0}","https://twitter.com/E/status/{0}","t","2017-05-31 14:12 +0000","1","2","3","-"\n'
    result = read(write(tmp_path / "x.csv", X_HEADER + row.format(1) + row.format(2) + row.format(2)))
    counting = [table for table in result.tables if table.counts_rows]
    assert len(counting) == 1
    assert counting[0].frame["line"].to_list() == [2, 3, 4]
    assert counting[0].rows_read == 3


def test_text_over_several_lines_does_not_shift_the_line_of_the_rows_after_it(tmp_path):
    path = write(
        tmp_path / "x.csv",
        X_HEADER
        + '"1","https://twitter.com/E/status/1","one\ntwo\n\nfour","2017-05-31 14:12 +0000","1","2","3","-"\n'
        + '"2","https://twitter.com/E/status/2","short","nonsense","1","2","3","-"\n'
        + '"3","https://twitter.com/E/status/3","short","2017-05-31 14:12 +0000","many","2","3","-"\n',
    )
    table = read(path).tables[0]
    assert table.frame["line"].to_list() == [2]
    assert [(bad.line, bad.reason) for bad in table.rejected] == [
        (6, "published_at: not a time that can be read"),
        (7, "impressions: not a number, or one beyond 63 bits"),
    ]
    assert '"impressions":"many"' in table.rejected[1].content


def test_hour_zero_pm_is_noon_and_hour_zero_am_is_midnight_and_the_printed_offset_decides(tmp_path):
    rows = [
        ("01/01/2024 00:19 PM EST -0500", 11),
        ("01/01/2024 12:19 PM EST -0500", 12),
        ("01/01/2024 00:19 AM EST -0500", 13),
        ("01/01/2024 01:30 PM IST +0530", 14),
        ("07/01/2024 01:30 PM EDT -0400", 15),
    ]
    body = "".join(f"{at},text,,,1,2,3,,https://www.facebook.com/{post}\n" for at, post in rows)
    assert times(read(write(tmp_path / "f.csv", FACEBOOK + body))) == [
        "2024-01-01 17:19",
        "2024-01-01 17:19",
        "2024-01-01 05:19",
        "2024-01-01 08:00",
        "2024-07-01 17:30",
    ]


def test_an_empty_figure_is_missing_beside_a_zero_that_is_measured(tmp_path):
    body = "01/01/2024 01:00 PM EST -0500,,,,0,2,0,,https://www.facebook.com/7\n"
    result = read(write(tmp_path / "f.csv", FACEBOOK + body))
    assert readings(result) == {
        (2, "total_reach"): (0.0, "ok"),
        (2, "total_impressions"): (2.0, "ok"),
        (2, "link_clicks"): (0.0, "ok"),
        (2, "total_video_views"): (None, "ok"),
    }


def test_two_posts_under_one_photo_id_stay_two_posts(tmp_path):
    link = "https://www.facebook.com/photo.php?fbid=55&set=a.1&type=3"
    body = (
        f"02/01/2024 01:00 PM EST -0500,second,,,1,2,3,,{link}\n01/01/2024 01:00 PM EST -0500,first,,,4,5,6,,{link}\n"
        "01/01/2024 01:00 PM EST -0500,by page,,,4,5,6,,https://www.facebook.com/99/posts/56\n"
    )
    posts = frame(read(write(tmp_path / "f.csv", FACEBOOK + body)), "posts")
    assert dict(zip(posts["text"], posts["post_id"], strict=True)) == {
        "second": "facebook:55@20240201T180000Z",
        "first": "facebook:55",
        "by page": "facebook:56",
    }
    assert posts["account_id"].to_list() == ["facebook:unknown", "facebook:unknown", "facebook:99"]


def test_a_meta_export_is_read_in_pacific_time_in_summer_and_in_winter_unless_told_otherwise(tmp_path):
    row = '1{0},77,example,Example,"a ""b"", c",{1},https://www.instagram.com/p/x/,IG image,Lifetime,10,9,1,0\n'
    path = write(tmp_path / "m.csv", META_IG + row.format(1, "01/15/2024 10:00") + row.format(2, "07/15/2024 10:00"))
    assert times(read(path)) == ["2024-01-15 18:00", "2024-07-15 17:00"]
    assert times(read(path, timezone="Europe/Stockholm")) == ["2024-01-15 09:00", "2024-07-15 08:00"]
    with pytest.raises(InputError, match="no time zone"):
        read(path, timezone="Mars/Olympus")


def test_an_hour_that_the_clocks_skip_is_refused(tmp_path):
    row = "1,77,example,Example,t,03/10/2024 02:30,https://www.instagram.com/p/x/,IG image,Lifetime,10,9,1,0\n"
    table = read(write(tmp_path / "m.csv", META_IG + row)).tables[0]
    assert [bad.reason for bad in table.rejected] == ["published_at: not a time that can be read"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_swedish_headers_give_the_english_metrics_in_every_encoding(tmp_path, encoding):
    text = (
        "Publicerings-id,Konto-id,Kontots användarnamn,Kontonamn,Beskrivning,Publiceringstid,Permalänk,Inläggstyp,"
        "Datum,Visningar,Räckvidd,Gilla-markeringar,Kommentarer,Delningar,Sparade objekt,Följer\n"
        "17,77,exempel,Exempel,Åäö,04/07/2023 10:04,https://www.instagram.com/p/x/,IG-bild,Livstid,10,9,8,7,6,5,4\n"
    )
    result = read(write(tmp_path / "sv.csv", text, encoding))
    assert {metric: value for (_, metric), (value, _) in readings(result).items()} == {
        "views": 10, "reach": 9, "likes": 8, "comments": 7, "shares": 6, "saves": 5, "follows": 4,
    }  # fmt: skip
    post = frame(result, "posts").row(0, named=True)
    assert (post["post_id"], post["account_id"], post["text"]) == ("instagram:17", "instagram:77", "Åäö")
    assert frame(result, "accounts")["handle"].to_list() == ["exempel"]


def test_a_swedish_facebook_export_names_a_post_by_its_page_and_its_number(tmp_path):
    text = (
        "Publicerings-id,Sid-id,Sidnamn,Titel,Publiceringstid,Inläggstyp,Permalänk,Datum,Visningar,Räckvidd,"
        '"Reaktioner, kommentarer och delningar",Reaktioner,Kommentarer,Delningar,Totalt antal klick,Länkklick\n'
        "5,99,Sidan,Hej,04/07/2023 10:04,Foto,https://www.facebook.com/x,Livstid,10,9,8,5,2,1,4,3\n"
    )
    result = read(write(tmp_path / "sv.csv", text))
    assert result.format == "Meta Business Suite, Facebook"
    assert frame(result, "posts")["post_id"].to_list() == ["facebook:99_5"]
    found = {metric: value for (_, metric), (value, _) in readings(result).items()}
    assert found["reactions_comments_and_shares"] == 8
    assert found["link_clicks"] == 3


def test_figures_of_a_single_day_are_not_taken_for_lifetime_figures(tmp_path):
    row = "1,77,example,Example,t,03/11/2024 02:30,https://www.instagram.com/p/x/,IG image,{},10,9,1,0\n"
    table = read(write(tmp_path / "m.csv", META_IG + row.format("03/12/2024") + row.format("Lifetime"))).tables[0]
    assert [bad.line for bad in table.rejected] == [2]
    assert table.frame["line"].to_list() == [3]


def test_the_time_of_reading_is_the_option_else_the_file_s_time_else_now(tmp_path):
    row = '"1","https://twitter.com/E/status/1","t","2025-05-31 14:12 +0000","1","2","3","-"\n'
    path = write(tmp_path / "x.csv", X_HEADER + row)

    def observed(**options):
        return set(frame(read(path, **options), "post_snapshots")["observed_at"])

    told = dt.datetime(2025, 6, 2, tzinfo=dt.UTC)
    assert observed(observed_at=told) == {told}
    after = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
    os.utime(path, (after.timestamp(), after.timestamp()))
    assert observed() == {after}
    before = dt.datetime(2025, 5, 1, tzinfo=dt.UTC)  # older than the post in it: some tool set it
    os.utime(path, (before.timestamp(), before.timestamp()))
    assert observed() == {NOW}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert observed(observed_before={digest: after}) == {after}
    assert observed(observed_before={digest: after}, observed_at=told) == {told}
    future = dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
    os.utime(path, (future.timestamp(), future.timestamp()))
    assert observed() == {NOW}


def test_an_account_given_by_the_user_stands_instead_of_the_handle_and_must_be_of_the_platform(tmp_path):
    row = '"1","https://twitter.com/E/status/1","t","2025-05-31 14:12 +0000","1","2","3","-"\n'
    path = write(tmp_path / "x.csv", X_HEADER + row)
    accounts = frame(read(path, account="x:42", unit="stockholm"), "accounts").row(0, named=True)
    assert (accounts["account_id"], accounts["unit_id"], accounts["handle"]) == ("x:42", "stockholm", None)
    with pytest.raises(InputError, match="not of the platform"):
        read(path, account="facebook:42")


def test_columns_that_no_figure_comes_of_are_dropped_and_named(tmp_path):
    body = "01/01/2024 01:00 PM EST -0500,t,A Name,,0,2,0,,https://www.facebook.com/7\n"
    table = read(write(tmp_path / "f.csv", FACEBOOK + body)).tables[0]
    assert table.dropped_columns == ("Created by", "Labels")


def test_the_documentation_lists_every_metric_of_every_export():
    from pathlib import Path

    from pipelines.sources.files import native_exports

    page = (Path(__file__).parents[4] / "docs/sources/files.md").read_text(encoding="utf-8")
    listed = {
        tuple(cell.strip() for cell in line.split("|")[2:5]) for line in page.splitlines() if line.startswith("|")
    }
    for export in native_exports.EXPORTS:
        for column, metric in export.plan.metrics.items():
            assert (export.plan.platform, column, metric) in listed
