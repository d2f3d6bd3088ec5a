"""P2: how many different people were reached can only be bounded (METHOD section 2, reach rule)."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from pipelines.warehouse.connection import prepare
from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.tables import build, calendar, connected, create, load, query, run_config

BOUNDS = "select account_id, month_start, posts, posts_read, low, high from kpi.kpi_account_reach_bounds"
SPRING = {"study_start": "2025-03-01", "study_end": "2025-04-30", "as_of": "2025-05-20 06:00:00Z"}


@pytest.fixture
def spring(con):
    """Two months, unit a of 2 500 people and unit b of 20 000, and P2 for prevention."""
    prepare_spring(con)
    return con


def prepare_spring(con):
    run_config(con, **SPRING)
    calendar(con, "2025-02-20", "2025-05-21")
    load(con, "marts.dim_unit_period", "unit_id, population", "-\n-\na | 2500\nb | 20000")
    create(con, "seeds.metrics")
    kpi(con, goal_id="prevention", kpi_id="P2", kind="bounds", metric="unique_reach_share")


def posts(con, text: str) -> None:
    """Posts: id, account, unit, local date, goal, reach (empty: never read), and how it is counted."""
    create(con, "marts.fct_post_snapshot")
    for line in text.strip().splitlines():
        post, account, unit, day, goal, reach, *native = (cell.strip() for cell in line.split("|"))
        platform = account.split(":")[0]
        load(con, "marts.dim_post", "post_id, account_id, platform, unit_id, local_date, published_at",
             f"-\n-\n{post} | {account} | {platform} | {unit} | {day} | {day} 08:00:00Z")  # fmt: skip
        if goal:
            load(con, "marts.fct_post_goal", "post_id, goal_id, weight", f"-\n-\n{post} | {goal} | 1")
        if reach:
            load(con, "marts.fct_post_snapshot",
                 "post_id, platform, native_metric, metric, kind, definition_id, observed_at, status, value",
                 f"-\n-\n{post} | {platform} | n | reach_post | unique | {native[0] if native else 'one'} "
                 f"| 2025-05-01 06:00:00Z | ok | {reach}")  # fmt: skip


def reach(con) -> None:
    build(con, "marts.fct_post_reach")
    build_up_to(con, "kpi.kpi_reach_estimates", "kpi.kpi_completeness", "published.account_reach_bounds")


def test_the_example_of_the_method_is_between_the_widest_post_and_the_audience(spring):
    """r = 1 200, 900, 700 and A = 2 500: U in [1 200, 2 500], and 2 800 people is never shown."""
    posts(
        spring,
        """
        1 | facebook:a | a | 2025-03-03 | prevention | 1200
        2 | facebook:a | a | 2025-03-04 | prevention | 900
        3 | facebook:a | a | 2025-03-31 | prevention | 700
        4 | facebook:b | b | 2025-03-31 | prevention | 1200
        5 | facebook:b | b | 2025-03-31 | prevention | 900
        6 | facebook:b | b | 2025-03-31 | prevention | 700
    """,
    )
    reach(spring)
    assert query(spring, f"{BOUNDS} where kpi_id = 'P2' order by 1") == [
        ("facebook:a", "2025-03-01", "3", "3", "1200", "2500"),
        ("facebook:b", "2025-03-01", "3", "3", "1200", "2800"),  # 20 000 people are no bound
    ]
    assert query(spring, "select account_id, low, high, state from published.account_reach_bounds order by 1") == [
        ("facebook:a", "1200", "2500", "measured"),
        ("facebook:b", "1200", "2800", "measured"),
    ]


def test_accounts_of_a_unit_are_bounded_together_and_a_month_without_the_goal_is_nobody(spring):
    posts(
        spring,
        """
        1 | facebook:a  | a | 2025-03-03 | prevention | 500
        2 | facebook:a  | a | 2025-03-04 | prevention | 300
        3 | instagram:a | a | 2025-03-04 | prevention | 600
        4 | x:a         | a | 2025-03-04 | prevention |
        5 | facebook:a  | a | 2025-04-04 | insight    | 900
        6 | facebook:b  | b | 2025-04-04 | prevention | 2000
        7 | mastodon:b  | b | 2025-03-04 | prevention |
    """,
    )
    reach(spring)
    assert query(
        spring, "select unit_id, month_start, posts, low, high from kpi.kpi_unit_reach_bounds order by 1, 2"
    ) == [
        ("a", "2025-03-01", "3", "600", "1400"),  # at least Instagram's, at most 800 + 600; X has no unique reach
        ("a", "2025-04-01", "0", "0", "0"),
        ("b", "2025-03-01", "0", "0", "0"),
        ("b", "2025-04-01", "1", "2000", "2000"),
    ]
    # means of shares: a 600/2500 = 0.24 and 0, b 0 and 0.1
    assert query(
        spring,
        """select unit_id, grain, period_start, period_end, value, low, high, interval_kind, n
           from kpi.kpi_reach_estimates order by 1 nulls first, 2, 3""",
    ) == [
        ("", "month", "2025-03-01", "2025-03-31", "0.12", "0.12", "0.28", "bounds", "2"),
        ("", "month", "2025-04-01", "2025-04-30", "0.05", "0.05", "0.05", "bounds", "2"),
        ("", "study", "2025-03-01", "2025-04-30", "0.085", "0.085", "0.165", "bounds", "4"),
        ("a", "month", "2025-03-01", "2025-03-31", "0.24", "0.24", "0.56", "bounds", "1"),
        ("a", "month", "2025-04-01", "2025-04-30", "0", "0", "0", "bounds", "1"),
        ("a", "study", "2025-03-01", "2025-04-30", "0.12", "0.12", "0.28", "bounds", "2"),
        ("b", "month", "2025-03-01", "2025-03-31", "0", "0", "0", "bounds", "1"),
        ("b", "month", "2025-04-01", "2025-04-30", "0.1", "0.1", "0.1", "bounds", "1"),
        ("b", "study", "2025-03-01", "2025-04-30", "0.05", "0.05", "0.05", "bounds", "2"),
    ]


def test_a_post_whose_reach_was_not_read_leaves_only_the_cap_above(spring):
    posts(
        spring,
        """
        1 | facebook:a | a | 2025-03-03 | prevention | 500
        2 | facebook:a | a | 2025-03-04 | prevention |
        3 | facebook:z | z | 2025-03-04 | prevention |
    """,
    )
    reach(spring)
    assert query(spring, f"{BOUNDS} where kpi_id = 'P2' order by 1") == [
        ("facebook:a", "2025-03-01", "2", "1", "500", "2500"),
        ("facebook:z", "2025-03-01", "1", "0", "", ""),  # nobody knows how many live there
    ]
    assert query(spring, "select completeness, has_break from kpi.kpi_completeness") == [("0.333333", "false")]
    assert query(spring, "select account_id, state from published.account_reach_bounds order by 1") == [
        ("facebook:a", "measured"),
        ("facebook:z", "missing"),
    ]


def test_the_inhabitants_are_no_cap_where_one_post_reached_more(spring):
    posts(
        spring,
        """
        1 | facebook:a | a | 2025-03-03 | prevention | 3000
        2 | facebook:a | a | 2025-03-04 | prevention | 200
    """,
    )
    reach(spring)
    assert query(spring, f"{BOUNDS} where kpi_id is null") == [("facebook:a", "2025-03-01", "2", "2", "3000", "3200")]
    assert query(spring, "select low, high from kpi.kpi_unit_reach_bounds") == [("3000", "3200")]


def test_two_definitions_of_reach_are_not_bounded_together(spring):
    posts(
        spring,
        """
        1 | facebook:a | a | 2025-03-03 | prevention | 500 | old
        2 | facebook:a | a | 2025-03-04 | prevention | 600 | old
        3 | facebook:a | a | 2025-03-05 | prevention | 900 | new
        4 | facebook:a | a | 2025-04-05 | prevention | 900 | new
    """,
    )
    reach(spring)
    assert query(spring, f"{BOUNDS} where kpi_id = 'P2' order by 2") == [
        ("facebook:a", "2025-03-01", "3", "2", "600", "2500"),
        ("facebook:a", "2025-04-01", "1", "1", "900", "900"),
    ]
    assert query(spring, "select has_break from kpi.kpi_completeness") == [("true",)]


def test_the_newest_reading_of_a_post_s_reach_counts(con):
    load(con, "marts.fct_post_snapshot", "post_id, metric, definition_id, observed_at, value", """
        post | metric     | definition | observed             | value
        -----+------------+------------+----------------------+------
        1    | reach_post | one        | 2025-03-01 06:00:00Z | 100
        1    | reach_post | one        | 2025-03-03 06:00:00Z | 130
        1    | reach_post | one        | 2025-03-04 06:00:00Z |
        1    | views      | other      | 2025-03-04 06:00:00Z | 900
    """)  # fmt: skip
    build(con, "marts.fct_post_reach")
    assert query(con, "select post_id, reach, read_at from marts.fct_post_reach") == [
        ("1", "130", "2025-03-03 06:00:00Z")
    ]


PEOPLE = st.frozensets(st.integers(1, 12), max_size=8)
POSTS = st.lists(
    st.tuples(st.sampled_from(["facebook:1", "instagram:2", "facebook:3"]), st.sampled_from([3, 4]), PEOPLE),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(published=POSTS)
def test_whoever_was_reached_the_truth_lies_inside_the_bounds(published):
    """Real people, so that their number is known: every account-month, every unit-month, and the mean over them."""
    with connected() as con:
        prepare(con)
        run_config(con)
        prepare_spring(con)
        con.execute("update marts.dim_unit_period set population = 12")
        unit = {"facebook:1": "a", "instagram:2": "a", "facebook:3": "b"}
        posts(con, "\n".join(
            f"{n} | {account} | {unit[account]} | 2025-0{month}-0{n + 1} | prevention | {len(people)}"
            for n, (account, month, people) in enumerate(published)
        ))  # fmt: skip
        reach(con)
        for account, month, low, high in con.execute(
            "select account_id, month(month), low, high from published.account_reach_bounds"
        ).fetchall():
            true = len(frozenset().union(*(p for a, m, p in published if (a, m) == (account, month))))
            assert low <= true <= high
        true_of: dict[tuple[str, int], float] = {}
        for name, month, low, high in con.execute(
            "select unit_id, month(month_start), low, high from kpi.kpi_unit_reach_bounds"
        ).fetchall():
            true = len(frozenset().union(*(p for a, m, p in published if (unit[a], m) == (name, month))))
            true_of[name, month] = true / 12
            assert low <= true <= high
        [(low, high)] = con.execute(
            "select low, high from kpi.kpi_reach_estimates where grain = 'study' and unit_id is null"
        ).fetchall()
        mean = sum(true_of.values()) / len(true_of)
        assert low - 1e-9 <= mean <= high + 1e-9
