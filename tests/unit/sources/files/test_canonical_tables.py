"""The canonical import: three formats, one meaning; and every record accounted for."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.sources.files.canonical import STREAMS
from pipelines.sources.files.plan import ImportOptions, Plan
from pipelines.sources.files.read import read_paths, understand
from pipelines.sources.files.sheet import Content
from pipelines.sources.files.tables import build

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
OPTIONS = ImportOptions(now=NOW)


def read(path):
    (result,) = read_paths([path], OPTIONS)
    return result


def table(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path).tables[0]


def reasons(found):
    return [(bad.line, bad.reason) for bad in found.rejected]


@pytest.mark.parametrize(
    ("stream", "header", "row"),
    [
        ("units", "unit_id,name", "u,Name"),
        ("accounts", "account_id,platform,unit_id", "x:1,x,u"),
        ("posts", "post_id,account_id,published_at", "x:1,x:2,2026-01-01T00:00:00Z"),
        ("post_snapshots", "post_id,observed_at,native_metric,value", "x:1,2026-01-01T00:00:00Z,likes,1"),
        ("account_snapshots", "account_id,observed_at,native_metric,value", "x:1,2026-01-01T00:00:00Z,followers,1"),
        ("account_windows", "account_id,native_metric,window_start,window_end,value", "x:1,r,2026-01-01,2026-01-02,-3"),
        ("interactions", "interaction_id,post_id,asked_at", "i,x:1,2026-01-01T00:00:00Z"),
        ("link_visits", "ref_code,local_date,visits", "k7x2,2026-01-01,12"),
        ("tips", "tip_id,received_at,unit_id", "t,2026-01-01T00:00:00Z,u"),
        ("post_tags", "post_id,goal_id,decision", "x:1,tips,include"),
        ("surveys", "survey_id,conducted_from,conducted_to,sample_type,question", "s,2026-01-01,2026-01-02,panel,Q?"),
        ("survey_responses", "survey_id,resp_id,answer", "s,1,yes"),
    ],
)
def test_each_table_is_known_by_its_header(tmp_path, stream, header, row):
    found = table(tmp_path / "any.csv", f"{header}\n{row}\n")
    assert found.stream is STREAMS[stream]
    assert found.frame.height == 1
    assert found.frame.columns.count("ingested_at") == 1
    assert found.frame["ingested_at"].to_list() == [NOW]


def test_a_tag_is_dated_by_its_import_where_it_says_nothing_and_a_weight_is_a_share(tmp_path):
    found = table(
        tmp_path / "tags.csv",
        "post_id,goal_id,decision,weight,tagged_at,coder\n"
        "x:1,tips,include,0.5,,NN\nx:2,tips,exclude,,2026-01-01T00:00:00Z,NN\nx:3,tips,include,1.5,,\nx:4,tips,maybe,,,\n",
    )
    assert found.frame.select("post_id", "weight", "tagged_at").rows() == [
        ("x:1", 0.5, NOW),
        ("x:2", None, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    ]
    assert [line for line, _ in reasons(found)] == [4, 5]
    assert "weight: not above 0 and at most 1" in dict(reasons(found))[4]
    assert found.dropped_columns == ("coder",)


def test_csv_ndjson_and_parquet_of_the_same_readings_give_the_same_frame(tmp_path):
    at = dt.datetime(2026, 1, 1, 10, 30, tzinfo=dt.UTC)
    csv = table(
        tmp_path / "a.csv",
        "post_id,observed_at,native_metric,value\nx:1,2026-01-01T10:30:00Z,likes,5\nx:2,2026-01-01T11:30:00+01:00,likes,\n",
    )
    ndjson = table(
        tmp_path / "a.ndjson",
        '{"post_id":"x:1","observed_at":"2026-01-01T10:30:00Z","native_metric":"likes","value":5}\n'
        '{"post_id":"x:2","observed_at":"2026-01-01 10:30:00","native_metric":"likes","value":null}\n',
    )
    pl.DataFrame(
        {"post_id": ["x:1", "x:2"], "observed_at": [at, at], "native_metric": "likes", "value": [5, None]}
    ).write_parquet(tmp_path / "a.parquet")
    parquet = read(tmp_path / "a.parquet").tables[0]
    assert csv.frame["observed_at"].to_list() == [at, at]
    assert csv.frame["value"].to_list() == [5.0, None]
    assert csv.frame.drop("line").equals(ndjson.frame.drop("line"))
    assert csv.frame.drop("line").equals(parquet.frame.drop("line"))


def test_wide_readings_become_one_row_per_metric_and_only_the_first_counts(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(
        "post_id,observed_at,likes,views,remark\nx:1,2026-01-01T00:00:00Z,0,,nice\nx:1,2026-01-02T00:00:00Z,-,7,\n"
    )
    first, others = read(path).tables
    assert (first.counts_rows, others.counts_rows) == (True, False)
    assert first.dropped_columns == ("remark",)
    assert first.frame.select("native_metric", "status", "value").rows() == [
        ("likes", "ok", 0.0),
        ("likes", "not_offered", None),
    ]
    assert others.frame.select("native_metric", "status", "value").rows() == [
        ("views", "ok", None),
        ("views", "ok", 7.0),
    ]


def test_wide_account_figures_are_read_too(tmp_path):
    found = table(tmp_path / "a.csv", "account_id,observed_at,followers\nx:1,2026-01-01T00:00:00Z,12\n")
    assert found.stream.name == "account_snapshots"
    assert found.frame["value"].to_list() == [12.0]


def test_every_kind_of_bad_row_is_kept_aside_with_its_line_and_reason(tmp_path):
    found = table(
        tmp_path / "s.csv",
        b"post_id,observed_at,native_metric,status,value\n"
        b"x:1,2026-01-01T00:00:00Z,likes,ok,5\n"
        b"x:1,yesterday,likes,ok,5\n"
        b"x:1,2026-01-01T00:00:00Z,likes,ok,five\n"
        b"x:1,2026-01-01T00:00:00Z,likes,ok,-5\n"
        b"x:1,2026-01-01T00:00:00Z,likes,ok,9223372036854775808\n"
        b"x:1,2026-01-01T00:00:00Z,likes,lost,5\n"
        b",2026-01-01T00:00:00Z,likes,ok,5\n"
        b"\n"
        b"post_id,observed_at,native_metric,status,value\n"
        b"x:1,2026-01-01T00:00:00Z\n"
        b"x:\x00,2026-01-01T00:00:00Z,likes,ok,5\n"
        b"x:\xff\xc3\xa5\xc3\xa5,2026-01-01T00:00:00Z,likes,ok,5\n"
        b"x:1,2026-01-01T00:00:00Z,likes,ok,5\n",
    )
    assert found.frame["line"].to_list() == [2, 14]  # an exact duplicate stays; the loader counts it
    assert reasons(found) == [
        (3, "observed_at: not a time that can be read"),
        (4, "value: not a number, or one beyond 63 bits"),
        (5, "value: a number below zero"),
        (6, "value: not a number, or one beyond 63 bits"),
        (7, "status: not one of ok, not_offered, not_found, error"),
        (8, "post_id: nothing there, and it is needed"),
        (9, "an empty row"),
        (10, "the header again"),
        (11, "too few columns: 2 of 5"),
        (12, "post_id: the character NUL, or bytes that are no text"),
        (13, "post_id: the character NUL, or bytes that are no text"),
    ]
    assert found.rows_read == 13


def test_a_number_in_json_is_not_taken_from_a_text_nor_an_id_from_a_number(tmp_path):
    row = {"post_id": "x:1", "observed_at": "2026-01-01T00:00:00Z", "native_metric": "likes", "value": 5}
    lines = [row, {**row, "value": "5"}, {**row, "value": True}, {**row, "post_id": 1}, [1]]
    text = "\n".join(json.dumps(line) for line in lines) + '\n{"post_id":"\\ud83d"}\n\n{"post_id":\n'
    found = table(tmp_path / "s.ndjson", text)
    assert found.frame["line"].to_list() == [1]
    assert [line for line, _ in reasons(found)] == [2, 3, 4, 5, 6, 7, 8]
    assert reasons(found)[:3] == [(2, "value: not a number"), (3, "value: not a number"), (4, "post_id: not a text")]
    assert found.rows_read == 8


def test_a_tip_loses_its_minutes_and_its_extra_columns_and_a_refused_one_its_content(tmp_path):
    found = table(
        tmp_path / "tips.csv",
        "tip_id,received_at,unit_id,channel,heard_via,disposition,name\n"
        "t1,2026-01-01T10:59:59Z,u,phone,facebook,useful,CANARY\n"
        "t2,yesterday,u,pigeon,,,CANARY\n",
    )
    assert found.frame["received_at"].to_list() == [dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)]
    assert "name" in found.dropped_columns
    assert [reason.split(":")[0] for _, reason in reasons(found)] == ["received_at"]
    assert {bad.content for bad in found.rejected} == {None}
    assert "CANARY" not in str(found)


def test_a_code_of_a_tip_that_is_a_sentence_is_told_and_not_kept_and_the_tip_counts(tmp_path):
    found = table(
        tmp_path / "tips.csv",
        "tip_id,received_at,unit_id,channel,ref_code,appeal_id\n"
        "t1,2026-01-01T10:00:00Z,u,phone, k7x2,0105-K1-26\n"
        "t2,2026-01-01T10:00:00Z,u,phone,CANARY told me,about the CANARY\n"
        "t3,2026-01-01T10:00:00Z,u,phone,,\n",
    )
    assert found.rejected == []
    assert found.frame.select("ref_code", "appeal_id").rows() == [("k7x2", "0105-K1-26"), (None, None), (None, None)]
    assert found.dropped_columns == (
        "ref_code (1 that are no codes taken as not given)",
        "appeal_id (1 that are no codes taken as not given)",
    )
    assert "CANARY" not in str(found)


def test_an_answer_in_somebodys_own_words_counts_and_is_not_kept(tmp_path):
    found = table(
        tmp_path / "survey_responses.csv",
        f"survey_id,resp_id,answer\ns,1,Ja\ns,2,{'CANARY jag heter ' * 7}\ns,3,{'x' * 100}\ns,4,\n",
    )
    assert [row[0] for row in found.frame.select("answer").rows()][:3] == ["Ja", "other", "x" * 100]
    assert found.dropped_columns == ("answer (1 longer than 100 characters taken as other)",)
    assert "CANARY" not in str(found)


def test_a_tip_counts_whatever_its_labels_say_and_an_unknown_label_is_told_and_not_kept(tmp_path):
    found = table(
        tmp_path / "tips.csv",
        "tip_id,received_at,unit_id,channel,heard_via,disposition\n"
        "t1,2026-01-01T10:00:00Z,u,Web,Facebook,led to action\n"
        "t2,2026-01-01T10:00:00Z,u,pigeon CANARY,neighbour,solved\n"
        "t3,2026-01-01T10:00:00Z,u,,,\n",
    )
    assert found.rejected == []
    assert found.frame.select("channel", "heard_via", "disposition").rows() == [
        ("web_form", "facebook", "led_to_action"),
        ("other", "other", None),
        (None, None, None),
    ]
    assert found.dropped_columns == (
        "channel (1 unknown labels taken as other)",
        "heard_via (1 unknown labels taken as other)",
        "disposition (1 unknown labels taken as not given)",
    )
    assert "CANARY" not in str(found)


def test_the_day_of_an_instant_is_a_date(tmp_path):
    header = "survey_id,conducted_from,conducted_to,sample_type,question"
    found = table(tmp_path / "surveys.csv", f"{header}\ns,2025-03-01T00:00:00Z,2025-03-09,own_channel,Q\n")
    assert found.frame["conducted_from"].to_list() == [dt.date(2025, 3, 1)]


def test_the_window_of_tips_runs_from_the_first_hour_to_the_end_of_the_last(tmp_path):
    rows = "t1,2026-01-03T10:59:59Z,u\nt2,2026-01-01T08:30:00Z,u\n"
    found = table(tmp_path / "tips.csv", f"tip_id,received_at,unit_id\n{rows}")
    assert found.window == (dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC), dt.datetime(2026, 1, 3, 11, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    "header",
    [
        "tip_id,received_at,unit_id",
        "post_id,observed_at,native_metric,value",
        "post_id,account_id,published_at",
        '"Tweet id","Tweet permalink","Tweet text","time","impressions","engagements"',
    ],
)
def test_a_file_with_a_header_and_no_rows_gives_empty_tables(tmp_path, header):
    path = tmp_path / "none.csv"
    path.write_text(header + "\n")
    for found in read(path).tables:
        assert (found.frame.height, found.rows_read, found.rejected) == (0, 0, [])


def test_a_reading_keeps_the_moment_it_became_known_where_the_file_says_it(tmp_path):
    found = table(
        tmp_path / "s.csv",
        "post_id,observed_at,ingested_at,native_metric,value\n"
        "x:1,2026-01-01T00:00:00Z,2026-01-05T00:00:00Z,likes,5\nx:1,2026-01-01T00:00:00Z,,likes,6\n",
    )
    assert found.frame["ingested_at"].to_list() == [dt.datetime(2026, 1, 5, tzinfo=dt.UTC), NOW]


def test_a_folder_skips_what_it_does_not_know_and_what_is_hidden(tmp_path):
    (tmp_path / "b å;'.csv").write_text("unit_id,name\nu,N\n")
    (tmp_path / "a.csv").write_text("month,total\nJan,4\n")
    (tmp_path / "c.csv").write_text("")
    (tmp_path / ".hidden.csv").write_text("unit_id,name\nu,N\n")
    (tmp_path / "readme.md").write_text("text")
    results = list(read_paths([tmp_path], OPTIONS))
    assert [(r.path.rsplit("/", 1)[-1], r.format) for r in results] == [
        ("a.csv", None),
        ("b å;'.csv", "canonical table units"),
        ("c.csv", None),
    ]
    assert "mapping" in results[0].reason


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.csv", None, "no such file"),
        ("unknown.csv", b"a,b\n1,2\n", "not recognised"),
        ("cut.csv", b'unit_id,name\nu,"never closed\n', "closing quotation mark"),
        ("twins.csv", b"unit_id,name,name\nu,a,b\n", "same name: name"),
        ("cut.parquet", b"PAR1 and then nothing", "not a readable Parquet"),
    ],
)
def test_a_named_file_that_cannot_be_read_is_an_error_in_three_parts(tmp_path, name, content, says):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read(path)
    assert name in caught.value.where
    assert caught.value.do


CELL = st.sampled_from(
    ["x:1", "", "2026-01-01T00:00:00Z", "likes", "5", "-", "0", "-1", "a,b", "two\nlines", 'q"q', "\x00", "9" * 30]
)


@settings(deadline=None)  # the first reading imports what reads
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=12))
def test_every_record_is_either_kept_or_refused_and_none_is_both(rows):
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["post_id", "observed_at", "native_metric", "value"])
    writer.writerows(rows)
    data = out.getvalue().encode()
    understood = understand(Content(name="f.csv", raw=data, modified_at=0.0), None)
    assert understood is not None
    sheet, plan = understood
    assert isinstance(plan, Plan)
    (found,) = build(Content(name="f.csv", raw=data, modified_at=0.0), sheet, plan, OPTIONS)
    assert found.rows_read == len(rows)
    assert found.frame.height + len(found.rejected) == len(rows)
    lines = sorted([*found.frame["line"], *(bad.line for bad in found.rejected)])
    ends = [record.count("\n") for record in (_record(row) for row in rows)]
    expected, line = [], 2
    for end in ends:
        expected.append(line)
        line += end
    assert lines == expected


def _record(row):
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(row)
    return out.getvalue()


def test_a_survey_of_an_unknown_kind_or_that_ends_before_it_begins_is_kept_aside(tmp_path):
    header = "survey_id,conducted_from,conducted_to,sample_type,question,topic"
    rows = "a,2025-03-01,2025-03-09,own_channel,Q,trust\nb,2025-03-01,2025-03-09,own,Q,\n"
    rows += "c,2025-03-02,2025-03-01,panel,Q,\n"
    found = table(tmp_path / "surveys.csv", f"{header}\n{rows}")
    assert found.frame.select("survey_id", "sample_type", "topic").rows() == [("a", "own_channel", "trust")]
    assert reasons(found) == [
        (3, "sample_type: not one of own_channel, probability_sample, panel"),
        (4, "conducted_to: before conducted_from"),
    ]


def test_a_question_answered_before_it_was_asked_or_in_the_future_is_kept_aside(tmp_path):
    rows = (
        "ok,x:1,2026-02-01T00:00:00Z,2026-02-01T00:00:00Z\nopen,x:1,2026-02-01T00:00:00Z,\n"
        "zone,x:1,2026-02-01T10:00:00Z,2026-02-01T09:30:00Z\nahead,x:1,2026-03-01T13:00:00Z,\n"
        "late,x:1,2026-03-01T11:00:00Z,2026-03-02T11:00:00Z\n"
    )
    found = table(tmp_path / "any.csv", f"interaction_id,post_id,asked_at,answered_at\n{rows}")
    assert found.frame["interaction_id"].to_list() == ["ok", "open"]
    assert reasons(found) == [
        (4, "answered_at: before asked_at"),
        (5, "asked_at: in the future"),
        (6, "answered_at: in the future"),
    ]
