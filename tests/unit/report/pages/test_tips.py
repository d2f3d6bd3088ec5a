"""The page on tips: the three numbers with their intervals, and silence where nothing is known or may be shown."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.unit.report.pages.conftest import END, START, insert
from tests.unit.report.pages.making import files, said

EFFECT = {
    "goal_id": "answers",
    "kpi_id": "A2",
    "label_sv": "Kvot",
    "label_en": "Ratio",
    "definition_sv": "d",
    "definition_en": "d",
    "interval_kind": "jackknife",
    "design": "staggered_adoption",
    "evidence_grade": "B",
}


def touch(con, **columns) -> None:
    insert(
        con,
        "tips_touch",
        {
            "period_start": START,
            "period_end": END,
            "documented_state": "measured",
            "touched_state": "measured",
            "incremental_state": "not_estimated",
            **columns,
        },
    )


def test_without_a_log_of_tips_the_page_says_so_and_gives_no_number(con):
    words = said(files(con)["sv/tips.html"])
    assert "Ingen tipslogg är läst" in words
    assert not re.search(r"\d", words.split("Siffrorna gäller")[0])


@pytest.mark.parametrize(("lang", "told"), [("sv", "6 054 (5 823–6 322)"), ("en", "6,054 (5,823–6,322)")])
def test_the_three_numbers_stand_together_with_their_intervals(con, lang, told):
    touch(
        con,
        documented=3771.0,
        touched=6054.3,
        touched_low=5822.9,
        touched_high=6321.9,
        incremental=5045.6,
        incremental_low=3444.4,
        incremental_high=6646.9,
        incremental_state="measured",
        documented_public=3770,
        touched_public=6055,
    )
    touch(con, platform="x", documented=417.8, touched=6054.3, touched_low=5822.9, touched_high=6321.9)
    words = said(files(con, lang=lang)[f"{lang}/tips.html"])
    assert told in words
    assert {"sv": "skattas inte", "en": "not estimated"}[lang] in words


def test_the_public_sees_rounded_numbers_no_units_and_nothing_below_ten(con):
    touch(
        con,
        documented=3771.0,
        touched=6054.3,
        touched_low=5822.9,
        touched_high=6321.9,
        documented_public=3770,
        touched_public=6055,
    )
    touch(con, platform="x", documented=8.8, touched=1234.4, documented_public=5, touched_public=1235)
    touch(con, unit_id="u1", documented=777.0, touched=888.0, documented_public=775, touched_public=890)
    made = files(con, public=True)
    words = said(made["sv/tips.html"])
    assert "3 770" in words
    assert "dold, för få" in words
    for digits in ("3771", "3 771", "3\u202f771", "5822", "5\u202f823", "8.8", ">9<", "777", "775", "1234"):
        assert [path for path, text in made.items() if digits in text] == []


def test_a_platform_hidden_from_the_public_cannot_be_told_from_the_total_and_the_others(con):
    touch(con, documented=463.0, touched=463.0, documented_public=465, touched_public=465)
    for platform, tips in (("x", 3.0), ("facebook", 60.0), ("instagram", 400.0)):
        rounded = 5 * round(tips / 5)
        touch(con, platform=platform, documented=tips, touched=tips, documented_public=rounded, touched_public=rounded)
    words = said(files(con, public=True)["sv/tips.html"])
    assert "Instagram 400 400" in words
    assert "X dold, för få dold, för få" in words
    assert "Facebook dold, för få dold, för få" in words  # 465 - 400 - 60 would be X


def test_the_public_sees_no_total_of_a_period_that_still_runs(con):
    con.execute("update published.build set as_of = timestamptz '2025-06-01 05:00:00Z'")
    touch(con, documented=3771.0, touched=6054.3, documented_public=3770, touched_public=6055)
    made = files(con, public=True)
    assert [path for path, text in made.items() if re.search(r"3.?77[01]|6.?05[45]", text)] == []


def test_a_gap_that_cannot_be_estimated_is_told_with_its_reason(con):
    touch(con, documented=100.0, documented_public=100, touched_state="missing")
    insert(con, "tips_effect", {**EFFECT, "measure": "rr_nat", "state": "missing", "failing": "no_controls"})
    made = files(con)
    assert "inget att jämföra med" in said(made["sv/tips.html"])
    assert not [path for path in made if "tips-gap" in path]


def test_a_law_of_too_few_tips_is_no_curve(con):
    touch(con, documented=100.0, documented_public=100, touched_state="missing")
    insert(con, "tips_lag", {"measure": "p50_hours", "reason": "small_n"})
    made = files(con)
    assert "Ingen kurva: för få observationer" in said(made["sv/tips.html"])
    assert not [path for path in made if "tips-lag" in path]


def test_a_month_with_a_hidden_day_has_no_total(con):
    con.execute(
        """insert into published.tips_daily (local_date, tips, state)
           select day, case when day <> date '2025-02-10' then 20 end,
               case when day <> date '2025-02-10' then 'measured' else 'suppressed' end
           from range(timestamp '2025-01-01', timestamp '2025-04-01', interval 1 day) as days (day)"""
    )
    chart = files(con)["data/sv/tips-months.csv"]
    january, february, march = chart.splitlines()[1:]
    assert ",620.0," in january
    assert ",620.0," in march
    assert "560" not in february
    assert "540" not in february
    assert "dold" in february


def test_how_far_a_running_period_is_counted_is_told_and_a_finished_one_says_nothing(con):
    touch(con, documented=100.0, documented_public=100, touched_state="missing", counted_to=date(2025, 3, 31))
    con.execute("update published.kpi_basis set counted_to = date '2025-03-31'")
    running = files(con)
    assert "räknade till och med 31 mars 2025" in said(running["sv/tips.html"])
    assert "Räknat till 31 mars 2025" in said(running["sv/goal-answers.html"])
    con.execute("update published.tips_touch set counted_to = period_end")
    con.execute("update published.kpi_basis set counted_to = date '2025-12-31'")
    finished = files(con)
    assert "räknade till" not in said(finished["sv/tips.html"])
    assert "Räknat till" not in said(finished["sv/goal-answers.html"])
