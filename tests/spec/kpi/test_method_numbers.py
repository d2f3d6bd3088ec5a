"""The numbers of METHOD 4.1 to 4.4, each as it stands there."""

from __future__ import annotations

import pytest

from pipelines.statistics.intervals import garwood, overdispersed_garwood_ends, rate_ratio, wilson
from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.kpi.test_kpi_verdicts import judge
from tests.spec.tables import calendar, load, query, run_config


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (96, 100, 0.9016, 0.9843),
        (960, 1000, 0.9460, 0.9705),
        (80, 100, 0.7112, 0.8666),
        (2244, 2811, 0.7831, 0.8127),
    ],
)
def test_wilson(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("count", "low", "high"), [(7, 2.814, 14.423), (0, 0, 3.689)])
def test_garwood(count, low, high):
    assert garwood(count) == pytest.approx((low, high), abs=5e-4)


def test_rate_ratio_of_84_tips_against_60_is_exact_and_not_yet_a_difference():
    found = rate_ratio(84, 1200, 60, 1200)
    assert found.ratio == pytest.approx(1.400)
    assert (found.low, found.high) == pytest.approx((0.9933, 1.9837), abs=5e-5)
    assert found.p_value == pytest.approx(0.0549, abs=5e-5)


@pytest.mark.parametrize(("phi", "factor"), [(0.5, 1), (1.2, 1), (4, 4)])
def test_overdispersed_counts_have_their_variance_multiplied_by_phi_only_above_its_threshold(phi, factor):
    # 28 events at phi 4 are as 7 at phi 1, times 4: [2.814, 14.423] x 4.
    low, high = overdispersed_garwood_ends([28.0], [phi])
    wanted = garwood(28 / factor)
    assert (low[0], high[0]) == pytest.approx((wanted.low * factor, wanted.high * factor))
    if factor == 4:
        assert (low[0], high[0]) == pytest.approx((11.256, 57.692), abs=2e-3)


def questions(con, answered, asked):
    run_config(con, study_start="2025-03-01", study_end="2025-03-31", as_of="2025-04-10 06:00:00Z")
    calendar(con, "2025-02-01", "2025-04-11")
    con.execute(
        """
        create table marts.fct_interaction as
        select cast(i as varchar) as interaction_id, 'p' as post_id, 'question' as kind,
            timestamptz '2025-03-01 10:00:00Z' + (i % 31) * interval 1 day as asked_at,
            case when i < $answered then timestamptz '2025-03-01 11:00:00Z' + (i % 31) * interval 1 day end as answered_at,
            cast(null as timestamptz) as watched_to
        from range($asked) as r (i)
        """,
        {"answered": answered, "asked": asked},
    )
    kpi(
        con,
        goal_id="accessibility",
        kpi_id="A2",
        kind="proportion",
        numerator=["answered_24h"],
        denominator=["questions_due_24h"],
        target_op=">=",
        target_value=0.75,
    )
    build_up_to(con, "kpi.kpi_results")
    [row] = con.execute("select value, low, high, n, verdict from kpi.kpi_results").fetchall()
    return row


def test_a2_with_2244_of_2811_answered_is_met(con):
    value, low, high, n, verdict = questions(con, 2244, 2811)
    assert (value, low, high) == pytest.approx((0.798, 0.783, 0.813), abs=5e-4)
    assert (n, verdict) == (2811, "met")


def test_a2_with_80_of_100_answered_is_insufficient_evidence(con):
    value, low, high, _, verdict = questions(con, 80, 100)
    assert (value, low, high) == pytest.approx((0.80, 0.711, 0.867), abs=5e-4)
    assert verdict == "insufficient_evidence"


def test_a1_weighs_units_by_their_inhabitants(con):
    """16 of 21 units are active (0.762), and 75.5 % of the inhabitants live there; target 0.70: met by census."""
    run_config(con, study_start="2025-03-01", study_end="2025-03-31", as_of="2025-04-10 06:00:00Z")
    calendar(con, "2025-02-01", "2025-04-11")
    for number in range(21):
        # 16 units of 755 inhabitants each and 5 of 784: 12 080 of 16 000.
        people = 755 if number < 16 else 784
        load(con, "marts.dim_unit_period", "unit_id, population", f"u|p\n-\nu{number}|{people}")
        load(con, "marts.dim_account", "account_id, platform, unit_id", f"a|p|u\n-\nf:{number}|facebook|u{number}")
        if number < 16:
            columns = "post_id, account_id, platform, unit_id, local_date"
            load(con, "marts.dim_post", columns, f"p|a|f|u|d\n-\np{number}|f:{number}|facebook|u{number}|2025-03-20")
    con.execute(
        "create table marts.fct_account_coverage as "
        "select account_id, local_date, true as is_read from marts.dim_account cross join seeds.calendar"
    )
    kpi(
        con,
        goal_id="accessibility",
        kpi_id="A1",
        kind="share_census",
        metric="population_covered",
        target_op=">=",
        target_value=0.70,
    )
    build_up_to(con, "kpi.kpi_results")
    assert query(con, "select value, low, high, n, interval_kind, verdict from kpi.kpi_results") == [
        ("0.755", "0.755", "0.755", "21", "census", "met")
    ]


@pytest.mark.parametrize(
    ("value", "low", "high", "target", "verdict"),
    [
        (0.798, 0.783, 0.813, 0.75, "met"),  # A2
        (198.2, 185.5, 208.6, 150, "met"),  # P1
        (0.0765, 0.027, 0.126, 0.05, "insufficient_evidence"),  # P2, bounds
        (0.02203, 0.02193, 0.02212, 0.020, "met"),  # I1
        (1.075, 1.010, 1.144, 1.20, "not_met"),  # T1
        (0.753, 0.731, 0.775, 0.70, "met"),  # S1, probability sample
    ],
)
def test_the_verdicts_of_the_method_follow_from_its_intervals(con, value, low, high, target, verdict):  # noqa: PLR0917  # one parameter a column
    assert judge(con, value=value, low=low, high=high, target_value=target)[0] == verdict
