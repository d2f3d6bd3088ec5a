"""The page on quality: what was read, what failed, and that what nobody looked at is not called good."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pipelines.report.reading import asking
from tests.unit.report.pages.conftest import AS_OF, insert
from tests.unit.report.pages.making import files, said


def check(con, expectation: str, success: bool | None, *, run_at: datetime = AS_OF) -> None:
    insert(
        con,
        "check_result",
        {
            "run_at": run_at,
            "kind": "ranges",
            "table_name": "marts.t",
            "expectation": expectation,
            "severity": "warn",
            "success": success,
            "detail": "Seven rows are wrong." if success is False else "",
        },
    )


def test_the_newest_round_counts_and_what_could_not_be_tried_is_not_said_to_hold(con):
    check(con, "a", False, run_at=datetime(2026, 1, 1, tzinfo=UTC))
    for name, success in (("a", True), ("b", False), ("c", None)):
        check(con, name, success)
    words = said(files(con)["sv/quality.html"])
    assert "1 av 3 kontroller håller; 1 håller inte, 1 gick inte att pröva." in words
    assert "Seven rows are wrong." in words
    assert "Seven rows" not in said(files(con, public=True)["sv/quality.html"])


def test_accounts_that_are_read_stale_and_never_read_are_told_apart(con):
    for number, fetched in (("1", AS_OF), ("2", datetime(2025, 11, 1, tzinfo=UTC))):
        insert(
            con,
            "load_log",
            {
                "source": "x",
                "stream": "posts",
                "account_id": f"x:{number}",
                "fetched_at": fetched,
                "complete": True,
                "rows_stored": 1,
                "rows_quarantined": 0,
                "rows_replayed": 0,
            },
        )
    insert(con, "post", {"post_id": "x:9", "account_id": "x:3", "platform": "x", "unit_id": "u1"})
    words = said(files(con)["sv/quality.html"])
    assert "1 av 3 konton lästes" in words
    assert [words.index(word) for word in ("x:1", "x:2", "x:3")] != []
    assert "läst förr, inte nu" in words
    assert "importerat" in words


def test_a_version_that_ends_is_told_with_its_day(con):
    insert(
        con,
        "load_log",
        {
            "source": "facebook_pages",
            "stream": "posts",
            "account_id": "facebook:1",
            "fetched_at": AS_OF,
            "complete": True,
            "rows_stored": 1,
            "rows_quarantined": 0,
            "rows_replayed": 0,
            "api_version_asked": "v21.0",
            "api_version_answered": "v22.0",
        },
    )
    words = said(files(con)["sv/quality.html"])
    assert "v21.0, svarade v22.0" in words
    assert "21 jan 2027" in words


def test_nothing_read_and_nothing_tried_is_said(con):
    words = said(files(con)["sv/quality.html"])
    assert "Inga kontroller har prövats." in words
    assert "Inget är läst." in words


def test_a_changed_figure_of_tips_is_not_shown_to_the_public(con):
    con.execute("update published.kpi_basis set measure = 'documented_tips'")
    insert(
        con,
        "kpi_revision",
        {
            "goal_id": "answers",
            "kpi_id": "A2",
            "as_of_old": AS_OF,
            "as_of_new": AS_OF,
            "value_old": 0.1234,
            "value_new": 0.2345,
            "why": "new_rows:x.posts=3,clock",
        },
    )
    inside, outside = files(con)["sv/quality.html"], files(con, public=True)["sv/quality.html"]
    assert "12,3 %" in said(inside)
    assert "nya rader: x.posts=3; bara tiden har gått" in said(inside)
    assert "12,3" not in said(outside)


def test_how_many_rows_of_tips_were_read_is_not_said_and_no_zero(con):
    insert(
        con,
        "load_log",
        {
            "source": "tips",
            "stream": "tips",
            "account_id": "tips",
            "fetched_at": AS_OF,
            "complete": True,
            "rows_replayed": 0,
        },
    )
    assert "visas inte visas inte" in said(files(con)["sv/quality.html"])


def test_days_with_figures_are_no_number_where_no_figure_by_the_day_is_offered_or_was_read(con):
    """Three accounts: one read on one day of two, one whose platform has no such figures, one never read by the day."""
    for account, day, state in (
        ("x:1", date(2026, 1, 3), "measured"),
        ("x:1", date(2026, 1, 4), "missing"),
        ("bluesky:2", date(2026, 1, 3), "not_offered"),
    ):
        insert(con, "account_daily", {"account_id": account, "metric": "followers", "local_date": day, "state": state})
    insert(con, "post", {"post_id": "x:9", "account_id": "x:3", "platform": "x", "unit_id": "u1"})
    days = asking(con, public=False)("quality_accounts").select("account_id", "days_measured").rows()
    assert sorted(days) == [("bluesky:2", None), ("x:1", 1), ("x:3", None)]
    assert "redovisas inte" in said(files(con)["sv/quality.html"])
