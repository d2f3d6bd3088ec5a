"""What readers get: the contract's columns, and a state beside every NULL."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, goals, kpi, models
from tests.spec.tables import calendar, load, query, run_config

CONTRACT = {
    "erasure": "erasure_id erased_at done_at kind scope reason decision target_hash targets files_rewritten rows_erased",
    "build": "as_of goals_sha256 code_version models_sha256",
    "kpi_basis": "goal_id kpi_id variant measure kind unit scale definition_sv definition_en",
    "kpi_cell": "goal_id kpi_id variant cell unit_id platform period_start period_end cluster_id numerator "
    "numerator_high denominator state",
    "kpi_exclusion": "goal_id kpi_id what excluded state",
    "kpi_revision": "goal_id kpi_id variant unit_id period_start period_end as_of_old as_of_new value_old value_new",
    "kpi_lineage": "goal_id kpi_id step table_name reads rows version state",
    "goal_verdict": "goal_id label_sv label_en period_start period_end as_of verdict reasons",
    "goal_scorecard": "goal_id kpi_id label_sv label_en is_primary unit_id period_start period_end as_of value low high "
    "target_op target_value verdict reasons evidence_grade completeness n state",
    "kpi_daily": "kpi_id goal_id unit_id platform local_date value low high n state",
    "kpi_period": "kpi_id goal_id variant unit_id platform grain period_start period_end value low high interval_kind n "
    "state reasons",
    "kpi_unit_funnel": "kpi_id goal_id variant unit_id period_start period_end value n centre low_95 high_95 low_998 "
    "high_998 position phi",
    "post": "post_id account_id platform unit_id published_at media_type permalink goal_ids deleted_seen_at",
    "post_metric_latest": "post_id metric native_metric value observed_at state",
    "organisation": "organisation_id label_sv label_en timezone goals_version period_start period_end min_cell "
    "public_round_to",
    "goal": "goal_id position label_sv label_en is_guardrail purpose_sv purpose_en target_group_sv target_group_en "
    "motive_sv motive_en user_benefit_sv user_benefit_en",
    "unit": "unit_id name parent_unit_id population valid_from valid_to is_measured",
    "post_at_age": "post_id metric native_metric age_hours value state",
    "post_metric_daily": "post_id metric local_date gain correction is_imputed",
    "post_metric_unallocated": "post_id metric amount reason from_at to_at",
    "account_daily": "account_id metric local_date value state",
    "account_reach_bounds": "account_id unit_id platform month low high posts posts_read definition_id state",
    "metric_definition": "platform scope native_metric media_type metric definition_id kind unit valid_from valid_to",
    "series_break": "platform scope media_type metric old_metric break_date new_from old_definition_id new_definition_id",
    "metric_bridge": "platform factor low high posts days is_usable old_metric new_metric",
    "story_metric": "story_id account_id unit_id platform published_at media_type metric native_metric value state "
    "observed_at age_hours",
    "metric_status": "platform scope native_metric media_type accounts not_offered_since last_asked_at reason "
    "back_since closed_on",
    "check_result": "run_at kind table_name expectation severity success detail",
    "strange_field": "source stream name first_seen_at last_seen_at is_new",
    "counter_check": "platform native_metric checks complete_checks wrong_checks wrong_ratio displayed listed "
    "largest_difference first_checked_at last_checked_at",
    "platform_metric": "platform scope metric state certainty note",
    "tips_daily": "unit_id local_date channel tips documented touched state",
    "tips_touch": "unit_id platform documented touched touched_low touched_high incremental incremental_low incremental_high",
    "tips_lag": "measure value low high",
    "tips_precision": "rung precision low high reason",
    "post_goal": "post_id goal_id goals_version weight method rule_id",
    "goal_matching": "platform goal_id goals_version method posts weight platform_posts",
    "tips_effect": "goal_id kpi_id measure label_sv label_en definition_sv definition_en value low high interval_kind "
    "state design evidence_grade failing",
    "goal_coding": "sample_id goal_id drawn_at sample_goals_version goals_version posts frame_posts serving matched "
    "precision precision_low precision_high recall recall_low recall_high agreement kappa unresolved is_newest",
    "response_time": "goal_id kpi_id hours unit_id platform grain period_start period_end questions answered "
    "p50 p50_low p50_high p80 p80_low p80_high p95 p95_low p95_high",
    "survey_result": "goal_id kpi_id variant survey_id conducted_from conducted_to question mode frame responses n n_eff "
    "max_weight value low high interval_kind evidence_grade speaks_of reasons",
    "load_log": "source stream account_id fetched_at rows_read rows_stored rows_duplicate rows_quarantined complete",
}
"""What was promised from the first day: columns may be added at the end, none may go or move."""


@pytest.mark.parametrize("table", CONTRACT)
def test_a_published_table_begins_with_the_columns_that_were_promised(con, table):
    calendar(con, "2025-01-01", "2025-01-10")
    build_up_to(con, f"published.{table}")
    found = [row[0] for row in con.execute(f"describe published.{table}").fetchall()]
    promised = CONTRACT[table].split()
    assert found[: len(promised)] == promised


def test_no_other_table_is_published_without_being_promised():
    assert {name for name in models() if name.startswith("published.")} == {f"published.{t}" for t in CONTRACT}


def test_a_scorecard_tells_every_configured_kpi_and_joins_its_reasons(con):
    run_config(con, as_of="2025-07-01 06:00:00Z")
    calendar(con, "2024-12-01", "2025-07-02")
    goals(con)
    kpi(con, goal_id="tips", kpi_id="T1", kind="rate_ratio_causal", is_primary=True, target_op=">=", target_value=1.2)
    kpi(con, goal_id="accessibility", kpi_id="X9", kind="km_median", metric="response_minutes", label_sv="Eget namn")
    build_up_to(con, "published.goal_scorecard", "published.goal_verdict")
    assert query(
        con,
        """
        select kpi_id, label_sv, unit_id, value, state, verdict, reasons from published.goal_scorecard order by kpi_id
        """,
    ) == [
        ("T1", "Tipskvot", "", "", "missing", "insufficient_evidence", "missing_data,not_settled"),
        ("X9", "Eget namn", "", "", "missing", "", "missing_data,no_target,not_settled"),
    ]
    assert query(
        con,
        "select goal_id, verdict, reasons, is_guardrail from published.goal_verdict where goal_id in ('tips', 'S1')",
    ) == [
        ("tips", "insufficient_evidence", "T1:missing_data,T1:not_settled", "false"),
        ("S1", "insufficient_evidence", "no_primary_kpi", "true"),
    ]


def test_a_post_names_its_goals_and_one_without_any_has_an_empty_text(con):
    load(con, "marts.dim_post", "post_id", "p\n-\nfb:1\nfb:2")
    load(con, "marts.fct_post_gone", "post_id, gone_at, how", "p|g|h\n-\nfb:2|2025-03-01 06:00:00Z|told")
    load(con, "marts.fct_post_goal", "post_id, goal_id", "p|g\n-\nfb:1|tips\nfb:1|insight")
    build_up_to(con, "published.post")
    assert query(con, "select post_id, goal_ids, deleted_seen_at from published.post order by 1") == [
        ("fb:1", "insight,tips", ""),
        ("fb:2", "", "2025-03-01 06:00:00Z"),
    ]


def test_posts_are_counted_by_what_gives_them_a_goal_and_those_without_one_too(con):
    load(con, "marts.dim_post", "post_id, platform", "p|f\n-\n1|x\n2|x\n3|x\n4|facebook")
    load(con, "marts.fct_post_goal", "post_id, goal_id, goals_version, weight, method, rule_id", """
        post | goal | version | weight | method  | rule
        -----+------+---------+--------+---------+------
        1    | tips | 1       | 1      | rule    | t1
        2    | tips | 1       | 0.5    | rule    | t2
        2    | info | 1       | 0.25   | manual  |
    """)  # fmt: skip
    build_up_to(con, "published.goal_matching", "published.post_goal")
    assert query(con, "from published.goal_matching") == [
        ("facebook", "", "1", "none", "1", "", "1"),
        ("x", "info", "1", "manual", "1", "0.25", "3"),
        ("x", "tips", "1", "rule", "2", "1.5", "3"),
        ("x", "", "1", "none", "1", "", "3"),
    ]
    assert query(con, "from published.post_goal")[0] == ("1", "tips", "1", "1", "rule", "t1")


def test_the_latest_reading_is_the_newest_that_gave_a_value(con):
    load(
        con,
        "marts.fct_post_snapshot",
        "post_id, native_metric, metric, observed_at, ingested_at, status, value",
        """
        post | native | metric    | observed             | ingested             | status      | value
        -----+--------+-----------+----------------------+----------------------+-------------+------
        a    | likes  | reactions | 2025-03-01 06:00:00Z | 2025-03-01 06:00:00Z | ok          | 5
        a    | likes  | reactions | 2025-03-02 06:00:00Z | 2025-03-02 06:00:00Z | ok          | 7
        a    | likes  | reactions | 2025-03-02 06:00:00Z | 2025-03-03 06:00:00Z | ok          | 6
        a    | likes  | reactions | 2025-03-04 06:00:00Z | 2025-03-04 06:00:00Z | ok          |
        a    | likes  | reactions | 2025-03-05 06:00:00Z | 2025-03-05 06:00:00Z | not_found   |
        a    | reach  | reach_post| 2025-03-05 06:00:00Z | 2025-03-05 06:00:00Z | not_offered |
        a    | shares | shares    | 2025-03-05 06:00:00Z | 2025-03-05 06:00:00Z | ok          |
        b    | likes  | reactions | 2025-03-05 06:00:00Z | 2025-03-05 06:00:00Z | ok          | 0
        c    | views  | old_views | 2025-03-05 06:00:00Z | 2025-03-05 06:00:00Z | ok          | 3
        c    | views  | views     | 2025-03-06 06:00:00Z | 2025-03-06 06:00:00Z | ok          | 4
        """,
    )
    build_up_to(con, "published.post_metric_latest")
    assert query(
        con, "select post_id, native_metric, value, observed_at, state from published.post_metric_latest order by 1, 2"
    ) == [
        ("a", "likes", "6", "2025-03-02 06:00:00Z", "measured"),
        ("a", "reach", "", "2025-03-05 06:00:00Z", "not_offered"),
        ("a", "shares", "", "2025-03-05 06:00:00Z", "missing"),
        ("b", "likes", "0", "2025-03-05 06:00:00Z", "measured"),
        ("c", "views", "4", "2025-03-06 06:00:00Z", "measured"),  # one row, although its meaning changed
    ]


def test_daily_gains_come_from_one_series_of_a_metric(con):
    load(
        con,
        "marts.fct_post_daily",
        "post_id, native_metric, metric, is_counted, local_date, gain, correction, is_imputed, is_incomplete",
        """
        post | native     | metric | counted | date       | gain | corr | imputed | running
        -----+------------+--------+---------+------------+------+------+---------+--------
        a    | views      | views  | true    | 2025-03-01 | 10   | -2   | false   | true
        a    | view_count | views  | false   | 2025-03-01 | 10   | -2   | false   | true
        """,
    )
    load(
        con,
        "marts.fct_post_unallocated",
        "post_id, native_metric, metric, is_counted, amount, reason, from_at, to_at",
        """
        post | native     | metric | counted | amount | reason          | from                 | to
        -----+------------+--------+---------+--------+-----------------+----------------------+---------------------
        a    | views      | views  | true    | 5000   | before_tracking | 2025-01-05 06:00:00Z | 2025-04-20 06:00:00Z
        a    | view_count | views  | false   | 5000   | before_tracking | 2025-01-05 06:00:00Z | 2025-04-20 06:00:00Z
        """,
    )
    build_up_to(con, "published.post_metric_daily", "published.post_metric_unallocated")
    assert query(con, "from published.post_metric_daily") == [
        ("a", "views", "2025-03-01", "10", "-2", "false", "views", "true")
    ]
    assert query(con, "select metric, amount, reason from published.post_metric_unallocated") == [
        ("views", "5000", "before_tracking")
    ]


def test_an_account_day_without_a_value_says_why(con):
    load(
        con,
        "marts.fct_account_daily",
        "account_id, native_metric, metric, local_date, day_zone, value, state",
        """
        account | native       | metric    | date       | zone                | value | state
        --------+--------------+-----------+------------+---------------------+-------+------------
        f:a     | page_follows | followers | 2025-03-01 | America/Los_Angeles | 12    | measured
        f:a     | page_follows | followers | 2025-03-02 | America/Los_Angeles |       | not_offered
        """,
    )
    build_up_to(con, "published.account_daily")
    assert query(con, "select account_id, metric, local_date, value, state from published.account_daily") == [
        ("f:a", "followers", "2025-03-01", "12", "measured"),
        ("f:a", "followers", "2025-03-02", "", "not_offered"),
    ]


def test_the_load_log_accounts_for_every_row_of_a_file(con):
    load(
        con,
        "raw.pages",
        "page_id, source, stream, account_id, fetched_at, rows_read, rows_stored, rows_duplicate, rows_quarantined, complete, file, counts_rows",
        """
        page | source | stream | account | fetched              | read | stored | dup | quar | complete | file  | counts
        -----+--------+--------+---------+----------------------+------+--------+-----+------+----------+-------+-------
        p1   | files  | posts  | files   | 2025-03-02 06:00:00Z | 10   | 7      | 2   | 1    | true     | /home/a/in/a.csv | true
        p2   | x      | posts  | x:1     | 2025-03-01 06:00:00Z | 3    | 3      | 0   | 0    | false    |       | true
        """,
    )
    build_up_to(con, "published.load_log")
    assert query(
        con,
        "select page_id, rows_read, rows_stored, rows_duplicate, rows_quarantined, complete, file from published.load_log",
    ) == [
        ("p2", "3", "3", "0", "0", "false", ""),
        ("p1", "10", "7", "2", "1", "true", "a.csv"),
    ]


def test_rows_kept_aside_that_have_been_read_again_no_longer_wait(con):
    load(
        con,
        "raw.pages",
        "page_id, source, stream, fetched_at, rows_read, rows_stored, rows_duplicate, rows_quarantined, counts_rows",
        """
        page | source | stream | fetched              | read | stored | dup | quar | counts
        -----+--------+--------+----------------------+------+--------+-----+------+-------
        p1   | x      | posts  | 2025-03-01 06:00:00Z | 3    | 1      | 0   | 2    | true
        p2   | x      | posts  | 2025-03-01 06:00:00Z | 1    | 1      | 0   | 0    | true
        """,
    )
    load(
        con,
        "raw.quarantine",
        "page_id, place, replayed_at, replayed_by",
        """
        page | place | replayed             | by
        -----+-------+----------------------+---
        p1   | 1     | 2025-03-05 06:00:00Z | p2
        p1   | 2     |                      |
        """,
    )
    build_up_to(con, "published.load_log")
    assert query(con, "select page_id, rows_quarantined, rows_replayed from published.load_log") == [
        ("p1", "2", "1"),
        ("p2", "0", "0"),
    ]


def test_a_field_is_new_if_the_stream_was_first_read_without_it(con):
    load(
        con,
        "raw.pages",
        "page_id, run_id, source, stream, fetched_at",
        """
        page | run | source | stream | fetched
        -----+-----+--------+--------+---------------------
        p1   | r1  | x      | posts  | 2025-03-01 06:00:00Z
        p2   | r2  | x      | posts  | 2025-03-02 06:00:00Z
        p3   | r2  | x      | users  | 2025-03-02 06:00:00Z
        """,
    )
    load(
        con,
        "raw.strange_fields",
        "page_id, run_id, source, stream, name, seen_at",
        """
        page | run | source | stream | name | seen
        -----+-----+--------+--------+------+---------------------
        p1   | r1  | x      | posts  | old  | 2025-03-01 06:00:00Z
        p2   | r2  | x      | posts  | old  | 2025-03-02 06:00:00Z
        p2   | r2  | x      | posts  | mood | 2025-03-02 06:00:00Z
        p3   | r2  | x      | users  | mood | 2025-03-02 06:00:00Z
        """,
    )
    build_up_to(con, "published.strange_field")
    assert query(con, "select stream, name, first_seen_at, last_seen_at, is_new from published.strange_field") == [
        ("posts", "mood", "2025-03-02 06:00:00Z", "2025-03-02 06:00:00Z", "true"),
        ("posts", "old", "2025-03-01 06:00:00Z", "2025-03-02 06:00:00Z", "false"),
        ("users", "mood", "2025-03-02 06:00:00Z", "2025-03-02 06:00:00Z", "false"),
    ]


def test_a_post_at_the_fixed_age_has_one_row_a_metric_and_says_where_its_figure_is_missing(con):
    load(
        con,
        "marts.fct_post_value_at_age",
        "post_id, native_metric, metric, is_counted, age_hours, value",
        """
        post | native | metric    | counted | age | value
        -----+--------+-----------+---------+-----+--------
        a    | views  | views     | true    | 168 | 1500.04
        a    | plays  | views     | false   | 168 | 1900
        a    | likes  | reactions | true    | 168 | 0
        b    | views  | views     | true    | 168 |
        """,
    )
    build_up_to(con, "published.post_at_age")
    assert query(
        con, "select post_id, metric, native_metric, value, state from published.post_at_age order by 1, 2"
    ) == [
        ("a", "reactions", "likes", "0", "measured"),
        ("a", "views", "views", "1500", "measured"),  # one series of a metric, and no figure is finer than a tenth
        ("b", "views", "views", "", "missing"),
    ]


def test_goals_stand_in_their_own_order_and_words(con):
    load(con, "config.goals", "goal_id, position, label_sv, label_en, is_guardrail, purpose_sv, purpose_en", """
        goal | position | sv   | en   | guardrail | purpose_sv | purpose_en
        -----+----------+------+------+-----------+------------+-----------
        tips | 2        | Tips | Tips | false     | Fler tips  | More tips
        S1   | 3        | Stöd | Back | true      |            |
        near | 1        | Nära | Near | false     | Nås lätt   | Be reached
    """)  # fmt: skip
    build_up_to(con, "published.goal")
    assert query(con, "select goal_id, label_sv, is_guardrail, purpose_en from published.goal") == [
        ("near", "Nära", "false", "Be reached"),
        ("tips", "Tips", "false", "More tips"),
        ("S1", "Stöd", "true", ""),
    ]
    assert query(con, "select count(*) from published.goal where is_guardrail and purpose_sv is null") == [("1",)]


def test_the_organisation_is_named_with_the_rules_of_its_publication(con):
    run_config(con, goals_version=7, min_cell=10, study_start="2025-03-01", study_end="2025-05-31")
    build_up_to(con, "published.organisation")
    assert query(con, "from published.organisation") == [
        ("polisen", "Polisen (exempel)", "Swedish Police (example)", "Europe/Stockholm", "7", "2025-03-01", "2025-05-31",
         "10", "5")
    ]  # fmt: skip


def test_a_unit_nobody_counted_has_no_population_and_no_zero(con):
    load(con, "marts.dim_unit", "unit_id, name, parent_unit_id, population, valid_from, valid_to, is_measured", """
        unit | name   | parent | population | from       | to         | measured
        -----+--------+--------+------------+------------+------------+---------
        b    | Väst   | top    |            | 2025-01-01 | 2025-06-30 | true
        a    | Öst    | top    | 0          |            |            | true
        top  | Landet |        | 120        |            |            | false
    """)  # fmt: skip
    build_up_to(con, "published.unit")
    assert query(con, "from published.unit") == [
        ("a", "Öst", "top", "0", "", "", "true"),
        ("b", "Väst", "top", "", "2025-01-01", "2025-06-30", "true"),
        ("top", "Landet", "", "120", "", "", "false"),
    ]
    assert query(con, "select unit_id from published.unit where population is null") == [("b",)]
