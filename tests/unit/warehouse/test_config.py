"""goals.yaml and the seeds as tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.errors import ConfigurationError
from pipelines.goals import load_goals
from pipelines.warehouse.config import calendar_days, write_config, write_seeds
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.regular_expressions import register

ROOT = Path(__file__).parents[3]
AS_OF = dt.datetime(2026, 1, 10, 3, 0, tzinfo=dt.UTC)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        register(connection)
        yield prepare(connection)


@pytest.fixture
def example():
    return load_goals(ROOT / "goals.yaml")


def test_the_run_has_one_row_with_the_files_own_numbers(con, example):
    write_config(con, example, as_of=AS_OF)
    write_config(con, example, as_of=AS_OF)
    [row] = con.execute(
        "select as_of, timezone, study_start, baseline_end, settle_days, level, min_completeness, min_cell, "
        "public_round_to, active_min_posts, active_within_days, goals_version, org_id, org_label_sv from config.run"
    ).fetchall()
    assert row == (
        AS_OF, "Europe/Stockholm", dt.date(2025, 1, 1), dt.date(2024, 12, 31), 3, 0.95, 0.9, 5, 5,
        1, 28, 1, "polisen", "Polisen (exempel)",
    )  # fmt: skip


def test_kpis_keep_their_order_lists_targets_and_sources(con, example):
    write_config(con, example, as_of=AS_OF)
    rows = {
        row[0]: row[1:]
        for row in con.execute(
            "select kpi_id, goal_id, position, is_primary, kind, interval, numerator, denominator, platforms, metric, "
            "target_op, target_value, min_n, min_evidence, series, sources, label_sv, stage from config.kpis"
        ).fetchall()
    }
    assert rows["A1"] == (
        "accessibility", 1, True, "share_census", None, None, None, None, "population_covered",
        ">=", 0.70, None, "A", None, None, None, "output",
    )  # fmt: skip
    assert rows["I1"][5:8] == (["likes", "comments", "shares"], ["reach"], ["facebook", "instagram"])
    assert rows["A2"][5:7] == (["answered_24h"], ["questions_due_24h"])
    assert rows["A3"][9:11] == ("<=", 240.0)
    assert rows["P1"][13] == "bridged"
    assert rows["T2"][9:11] == (None, None)
    assert rows["S1"][:3] == ("S1", 13, True)
    assert rows["S1"][14:] == ({"own_channel": "D", "probability_sample": "B"}, "Stöd för närvaron", None)


def test_goals_carry_their_appeals_patterns_and_guardrails_come_last(con, example):
    write_config(con, example, as_of=AS_OF)
    query = "select goal_id, position, is_guardrail, ref_pattern is not null, case_pattern from config.goals"
    rows = con.execute(f"{query} order by position").fetchall()
    assert rows[3] == ("tips", 4, False, True, r"\b\d{4}-K\d+-\d{2}\b")
    assert rows[4] == ("S1", 5, True, False, None)
    assert rows[0][3:] == (False, None)


def test_each_rule_for_posts_has_an_id_of_its_own(con, example):
    write_config(con, example, as_of=AS_OF)
    rows = con.execute("select goal_id, rule_id, effect from config.post_rules").fetchall()
    assert ("tips", "tips.exclude.1", "exclude") in rows
    assert len({row[1] for row in rows}) == len(rows) == 7


def test_hashtags_become_rules_that_find_them_whole_in_either_spelling(con, tmp_path):
    text = (ROOT / "goals.yaml").read_text(encoding="utf-8")
    path = tmp_path / "goals.yaml"
    path.write_text(
        text.replace(
            "post_match: {include: ['på jobbet",
            "post_match: {weight: 0.5, hashtags: ['#Åklagare'], include: ['på jobbet",
        ),
        encoding="utf-8",
    )
    write_config(con, load_goals(path), as_of=AS_OF)
    assert con.execute("select goal_id, post_weight from config.goals where post_weight <> 1").fetchall() == [
        ("insight", 0.5)
    ]
    query = "select goal_id, rule_id from config.post_rules where effect = 'hashtag' and regex_search(?, pattern)"
    found = [("insight", "insight.hashtag.1")]
    for said in ("Se #åklagare!", "#ÅKLAGARE", "#A\u030aklagare", "(＃åklagare)"):
        assert con.execute(query, [said]).fetchall() == found, said
    for said in ("åklagare", "#åklagaren", "#åklagare_x", "a#åklagare", "https://x.se/#åklagare", "&#åklagare"):
        assert con.execute(query, [said]).fetchall() == [], said


def test_the_rules_find_words_that_begin_with_a_swedish_letter(con, example):
    write_config(con, example, as_of=AS_OF)
    query = "select goal_id from config.post_rules where effect = 'include' and regex_search(?, pattern)"
    found = con.execute(query, ["Har du FRÅGOR? Fråga oss"]).fetchall()
    assert found == [("accessibility",)]


def test_a_date_of_an_account_is_midnight_in_the_files_zone_and_an_offset_is_kept(con, tmp_path):
    text = (ROOT / "goals.yaml").read_text(encoding="utf-8")
    path = tmp_path / "goals.yaml"
    path.write_text(
        text.replace(
            "units: {", "units: {members: [{id: n, name: Norr, population: 10}, {id: s, name: S, parent: n}], "
        )
        + 'accounts:\n  - {platform: x, id: "42", unit: s, handle: norr,\n'
        + "     opened_at: 2024-07-01, closed_at: 2024-12-01T12:00:00+02:00}\n"
        + '  - {platform: facebook, id: "42", unit: n, opened_at: 2024-07-01 08:30:00}\n',
        encoding="utf-8",
    )
    write_config(con, load_goals(path), as_of=AS_OF)
    assert con.execute("from config.units").fetchall() == [
        ("n", "Norr", None, 10, None, None),
        ("s", "S", "n", None, None, None),
    ]
    rows = con.execute(
        "select * replace (opened_at::varchar as opened_at, closed_at::varchar as closed_at) from config.accounts"
    )
    assert rows.fetchall() == [
        ("x:42", "x", "42", "s", "norr", "2024-06-30 22:00:00+00", "2024-12-01 10:00:00+00"),
        ("facebook:42", "facebook", "42", "n", None, "2024-07-01 06:30:00+00", None),
    ]


def test_a_file_without_units_and_accounts_gives_empty_tables(con, example):
    write_config(con, example, as_of=AS_OF)
    assert con.execute("select count(*) from config.units").fetchall() == [(0,)]
    assert con.execute("select count(*) from config.accounts").fetchall() == [(0,)]


def test_days_are_23_and_25_hours_long_when_the_clocks_change():
    days = {
        row[0]: row for row in calendar_days(ZoneInfo("Europe/Stockholm"), dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    }
    hours = {day: (row[2] - row[1]) / dt.timedelta(hours=1) for day, row in days.items()}
    assert len(days) == 365
    assert hours.pop(dt.date(2025, 3, 30)) == 23
    assert hours.pop(dt.date(2025, 10, 26)) == 25
    assert set(hours.values()) == {24}
    assert days[dt.date(2025, 7, 1)][1] == dt.datetime(2025, 6, 30, 22, tzinfo=dt.UTC)


def test_a_day_whose_midnight_the_clocks_skip_begins_at_the_change():
    (day,) = calendar_days(ZoneInfo("America/Sao_Paulo"), dt.date(2018, 11, 4), dt.date(2018, 11, 4))
    assert day[1] == dt.datetime(2018, 11, 4, 3, tzinfo=dt.UTC)
    assert (day[2] - day[1]) == dt.timedelta(hours=23)


def test_the_week_of_a_new_years_day_may_belong_to_the_year_before():
    (day,) = calendar_days(ZoneInfo("UTC"), dt.date(2027, 1, 1), dt.date(2027, 1, 1))
    assert day[3:] == (dt.date(2027, 1, 1), "2026-W53")


def test_seeds_are_typed_by_their_columns_names(con, example, tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "metrics.csv").write_text(
        "platform,native_metric,valid_from,additive_over_posts,definition\n"
        'x,impression_count,,true,"Times shown, ""all"" of them"\nfacebook,post_media_view,2025-11-15,false,\n',
        encoding="utf-8",
    )
    write_seeds(con, tmp_path, example, dt.date(2025, 3, 29), dt.date(2025, 3, 30))
    assert con.execute("from seeds.metrics").fetchall() == [
        ("x", "impression_count", None, True, 'Times shown, "all" of them'),
        ("facebook", "post_media_view", dt.date(2025, 11, 15), False, None),
    ]
    assert con.execute(
        "select local_date::varchar, month_start::varchar, iso_week, ends_at::varchar from seeds.calendar"
    ).fetchall() == [
        ("2025-03-29", "2025-03-01", "2025-W13", "2025-03-29 23:00:00+00"),
        ("2025-03-30", "2025-03-01", "2025-W13", "2025-03-30 22:00:00+00"),
    ]


def test_a_seed_with_a_wrong_date_is_told_by_its_file(con, example, tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "metrics.csv").write_text("platform,valid_from\nx,soon\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="soon") as caught:
        write_seeds(con, tmp_path, example, dt.date(2025, 1, 1), dt.date(2025, 1, 1))
    assert caught.value.where == "metrics.csv"


def test_the_projects_own_seeds_load(con, example):
    write_seeds(con, ROOT / "sql", example, dt.date(2025, 1, 1), dt.date(2025, 1, 2))
    kinds = con.execute("select distinct kind from seeds.metrics").fetchall()
    assert {kind for (kind,) in kinds} <= {"counter", "reversible", "unique", "gauge", "event"}
    assert con.execute("select count(*) from seeds.metrics where kind is null or metric is null").fetchall() == [(0,)]
