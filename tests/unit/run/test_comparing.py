"""A comparison says a difference only where there is one to say, and how sure it is only where that can be known."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.project import Project
from pipelines.run.comparing import Break, compare, row_of

SCHEMA = """
    create schema published;
    create table published.build as select timestamptz '2026-03-05 05:00:00Z' as as_of;
    create table published.kpi_period (kpi_id varchar, goal_id varchar, variant varchar, unit_id varchar,
        platform varchar, grain varchar, period_start date, period_end date, value double, low double, high double,
        interval_kind varchar, n bigint, state varchar, reasons varchar);
    insert into published.kpi_period values
        ('A2','a',null,null,null,'month','2026-01-01','2026-01-31',0.6,0.490,0.700,'wilson',80,'measured',''),
        ('A2','a',null,null,null,'month','2026-02-01','2026-02-28',0.8,0.692,0.877,'wilson',70,'measured',''),
        ('A2','a',null,'north',null,'month','2026-01-01','2026-01-31',0.0,0.0,0.2,'wilson',20,'measured',''),
        ('A2','a',null,'north',null,'month','2026-02-01','2026-02-28',null,null,null,null,null,'missing','missing_data'),
        ('A2','a',null,'south',null,'month','2026-02-01','2026-02-28',0.5,0.1,0.9,'wilson',2,'measured','small_n'),
        ('P1','p',null,null,null,'month','2026-01-01','2026-01-31',100,90,110,'cluster_bootstrap',9,'measured',''),
        ('P1','p',null,null,null,'month','2026-02-01','2026-02-28',150,140,160,'cluster_bootstrap',9,'measured',''),
        ('P1','p',null,null,'x','month','2026-01-01','2026-01-31',100,90,110,'cluster_bootstrap',9,'measured',''),
        ('P1','p',null,null,'x','month','2026-02-01','2026-02-28',150,140,160,'cluster_bootstrap',9,'measured','');
    create table published.kpi_basis as
        from (values ('a','A2','answered_in_time','answered_24h','questions_due_24h'),
                     ('p','P1','views_per_inhabitants','',null))
            as t(goal_id, kpi_id, measure, numerators, denominator_metric);
    create table published.series_break as
        from (values ('facebook','post','views','impressions',date '2026-02-10',null::double),
                     ('youtube','post','views','views',date '2026-02-10',null::double))
            as t(platform, scope, metric, old_metric, break_date, bridge_factor);
    create table published.post as from (values ('facebook'), ('x')) as t(platform);
"""


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.published_dir.mkdir(parents=True)
    with duckdb.connect(made.published_db) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(SCHEMA)
    return made


def by_key(found):
    return {(row["kpi_id"], row["unit_id"], row["platform"]): row for row in found.rows}


def test_two_months_are_told_with_their_difference_and_newcombes_interval(project):
    row = by_key(compare(project, "2026-01", "2026-02"))["A2", None, None]
    assert (row["value_then"], row["value_now"]) == (0.6, 0.8)
    assert row["difference"] == pytest.approx(0.2)
    assert (row["difference_low"], row["difference_high"]) == (
        pytest.approx(0.053, abs=1e-3),
        pytest.approx(0.334, abs=1e-3),
    )
    assert row["difference_kind"] == "newcombe"


def test_what_is_missing_has_no_difference_and_a_row_of_one_side_is_new_or_vanished(project):
    rows = by_key(compare(project, "2026-01", "2026-02"))
    north, south = rows["A2", "north", None], rows["A2", "south", None]
    assert (north["value_then"], north["value_now"], north["difference"]) == (0.0, None, None)
    assert "state_changed" in north["remarks"]
    assert (south["value_then"], south["difference"], south["remarks"]) == (None, None, "new")
    assert by_key(compare(project, "2026-02", "2026-01"))["A2", "south", None]["remarks"] == "vanished"


def test_no_difference_is_computed_across_a_break_and_the_break_is_told(project):
    found = compare(project, "2026-01", "2026-02")
    rows = by_key(found)
    assert (rows["P1", None, None]["difference"], rows["P1", None, None]["remarks"]) == (None, "series_break")
    assert rows["P1", None, "x"]["difference"] == 50, "x has no such break"
    assert rows["P1", None, "x"]["difference_kind"] == "none", "nothing says how sure two resampled means are"
    assert found.between == [("series_break", "facebook views from 2026-02-10", None, None)], "youtube is not used"


def test_over_a_measured_bridge_a_difference_is_computed_and_remarked(project):
    with duckdb.connect(project.published_db) as con:
        con.execute("update published.series_break set bridge_factor = 1.3")
    row = by_key(compare(project, "2026-01", "2026-02"))["P1", None, None]
    assert (row["difference"], row["remarks"]) == (50, "bridged")


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("2026-01", "2026-02-01"), "cannot be compared"),
        (("2026-01", "2026-01"), "Both are the same"),
        (("2026-01", "2026-03"), "they begin 2026-01-01 to 2026-02-01"),
        (("2026-01", "2026-13"), "no such period"),
        (("2026-W01", "2026-W54"), "no such period"),
        (("now", "2026-02-01T00:00"), "with its zone"),
        (("now", "yesterday"), "neither a day"),
        (("now", "20260101T000000000000Z"), "no such publication"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_may_be_given(project, pair, said):
    with pytest.raises(UsageError, match=said):
        compare(project, *pair)


def card(**given):
    return {
        "goal_id": "p", "kpi_id": "P1", "variant": None, "unit_id": None, "platform": None, "value": 0.5, "low": 0.4,
        "high": 0.6, "interval_kind": "wilson", "n": 9, "state": "measured", "reasons": "", "verdict": "met",
        "target_op": ">=", "target_value": 0.3,
        "period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31),
        "as_of": dt.datetime(2026, 2, 1, tzinfo=dt.UTC), **given,
    }  # fmt: skip


def test_two_publications_of_one_period_rest_on_the_same_facts_so_that_their_difference_has_no_interval():
    row = row_of(card(), card(value=0.6, verdict="not_met", target_value=0.7), [], same_rows=True)
    assert (row["difference"], row["difference_kind"]) == (pytest.approx(0.1), "none")
    assert row["remarks"] == "verdict_changed,target_changed"


def test_a_census_has_certain_ends_and_bounds_have_no_difference_but_its_bounds():
    certain = row_of(card(interval_kind="census"), card(interval_kind="census", low=0.5, high=0.75), [], same_rows=True)
    assert (certain["difference_low"], certain["difference_high"]) == (pytest.approx(-0.1), pytest.approx(0.35))
    bounds = row_of(card(interval_kind="bounds"), card(interval_kind="bounds"), [], same_rows=False)
    assert (bounds["difference"], bounds["difference_kind"]) == (None, "bounds")


def test_a_break_between_two_publications_parts_them_and_one_before_both_does_not():
    later = card(as_of=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    between, before = (Break("p", "P1", "facebook", "views", dt.date(2026, m, 10), None) for m in (2, 1))
    assert row_of(card(), later, [between], same_rows=True)["difference"] is None
    assert row_of(card(), later, [before], same_rows=True)["difference"] == 0


def test_two_publications_have_no_interval_between_them_even_of_periods_that_do_not_meet():
    year = {"period_start": dt.date(2027, 1, 1), "period_end": dt.date(2027, 12, 31)}
    assert row_of(card(), card(value=0.6, low=0.5, high=0.7, **year), [], same_rows=True)["difference_kind"] == "none"
    apart = row_of(card(), card(value=0.6, low=0.5, high=0.7, **year), [], same_rows=False)
    assert apart["difference_kind"] == "newcombe"
