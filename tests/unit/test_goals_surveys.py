"""goals.yaml: the calendar, surveys and their margins, and every mistake in them by its line."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from pipelines.goals import find_problems, load_goals
from pipelines.warehouse.office_hours import open_days

GOOD = r"""version: 1
organisation: {id: staden, label: {sv: Staden, en: The city}}
timezone: Europe/Stockholm
period: {study: [2025-01-01, 2025-12-31], baseline: [2024-01-01, 2024-12-31]}
units: {level: district}
calendar:
  country: SE
  hours: {mon: ["08:00", "16:30"], sun: ["22:00", "24:00"]}
  closed: [2025-01-13]
  open: [{date: 2025-01-06, hours: ["10:00", "12:00"]}]
goals:
  - id: answers
    label: {sv: Svara, en: Answer}
    purpose: {sv: Vara nåbar, en: Be reachable}
    target_group: {sv: Boende, en: Residents}
    motive: {sv: Uppdraget, en: The remit}
    user_benefit: {sv: Svar, en: An answer}
    kpis:
      - {id: A3, primary: true, stage: outcome, kind: km_median, metric: response_minutes, hours: business,
         target: {op: "<=", value: 240}}
      - {id: I3, stage: outcome, kind: survey_share, sources: {panel: C}, topic: understanding}
guardrails:
  - id: S1
    label: {sv: Stöd, en: Support}
    kind: survey_share
    sources: {own_channel: D, probability_sample: B}
    frame_share: 0.06
    raking:
      margins:
        sex: {woman: 0.5, man: 0.5}
        follower: {"true": 0.06, "false": 0.94}
    target: {op: ">=", value: 0.7}
"""


def test_a_calendar_and_a_survey_with_margins_are_read(tmp_path):
    path = tmp_path / "goals.yaml"
    path.write_text(GOOD, encoding="utf-8")
    goals = load_goals(path)
    assert goals.calendar is not None
    assert goals.calendar.hours["sun"] == ("22:00", "24:00")
    assert goals.guardrails[0].model_dump()["raking"]["margins"]["follower"] == {"true": 0.06, "false": 0.94}


def test_the_open_days_leave_out_holidays_and_keep_days_with_hours_of_their_own(tmp_path):
    path = tmp_path / "goals.yaml"
    path.write_text(GOOD, encoding="utf-8")
    days = open_days(load_goals(path).calendar, ZoneInfo("Europe/Stockholm"), dt.date(2025, 1, 1), dt.date(2025, 1, 20))
    # Monday the 6th is Epiphany, opened by hand; Monday the 13th is closed; Sunday the 5th ends at midnight.
    assert [(str(day), f"{first:%d %H:%M}", f"{last:%d %H:%M}") for day, first, last in days] == [
        ("2025-01-05", "05 21:00", "05 23:00"),
        ("2025-01-06", "06 09:00", "06 11:00"),
        ("2025-01-12", "12 21:00", "12 23:00"),
        ("2025-01-19", "19 21:00", "19 23:00"),
        ("2025-01-20", "20 07:00", "20 15:30"),
    ]


def test_a_holiday_by_custom_is_closed_too_and_hours_follow_the_clocks(tmp_path):
    path = tmp_path / "goals.yaml"
    path.write_text(GOOD.replace("mon:", 'fri: ["08:00", "16:30"], mon:'), encoding="utf-8")
    zone = ZoneInfo("Europe/Stockholm")
    calendar = load_goals(path).calendar
    # Friday 20 June 2025 is Midsummer Eve, no holiday by law.
    assert open_days(calendar, zone, dt.date(2025, 6, 20), dt.date(2025, 6, 20)) == []
    # Summer time began in the night to Sunday 30 March: 08:00 is 06:00 UTC on the Monday after.
    [before] = open_days(calendar, zone, dt.date(2025, 3, 28), dt.date(2025, 3, 28))
    [after] = open_days(calendar, zone, dt.date(2025, 3, 31), dt.date(2025, 3, 31))
    assert (before[1].hour, after[1].hour) == (7, 6)


@pytest.mark.parametrize(
    ("old", "new", "what", "do"),
    [
        ('["08:00", "16:30"]', '["8", "16:30"]', "`8` is not a time of day", "in quotes"),
        ('["08:00", "16:30"]', '["16:30", "08:00"]', "end (08:00) before they begin (16:30)", "opening first"),
        ("country: SE", "country: XX", "holidays of `XX` are not known", "`closed`"),
        ("sun:", "son:", "son", "`sun`"),
        ("follower: {", "region: {north: 0.5}\n        follower: {", "sum to 0.5, not to 1", "all of them"),
        ("own_channel: D", "own_channel: B", "cannot be evidence of grade B", "`own_channel: D`"),
        ("own_channel: D, ", "", "`frame_share` bounds what own channels can say", "own_channel: D"),
        ("own_channel: D, ", "", "`raking` weights samples that chose themselves", "panel: C"),
        (", topic: understanding", "", "answered by the same surveys", "topic: …"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(tmp_path, old, new, what, do):
    assert old in GOOD
    path = tmp_path / "goals.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    said = [str(problem) for problem in find_problems(path)]
    assert any(what in problem and do in problem for problem in said), said


def test_business_hours_need_a_calendar(tmp_path):
    path = tmp_path / "goals.yaml"
    head, tail = GOOD.split("calendar:\n")
    path.write_text(head + "goals:" + tail.split("goals:", 1)[1], encoding="utf-8")
    [problem] = find_problems(path)
    assert "counts business hours, but the file has no `calendar`" in str(problem)
