from __future__ import annotations

from datetime import date

from pipelines.sources.counter_checks import checks_of, sampled


def test_a_day_has_its_own_sample_and_always_the_same():
    ids = [str(n) for n in range(100)]
    monday, tuesday = date(2026, 11, 16), date(2026, 11, 17)
    assert sampled(ids, 3, monday) == sampled(ids[::-1], 3, monday)
    assert sampled(ids, 3, monday) != sampled(ids, 3, tuesday)
    assert sampled(ids, 0, monday) == []
    assert len({one for day in range(1, 31) for one in sampled(ids, 10, date(2026, 11, day))}) > 80


def test_a_counter_that_moved_meanwhile_and_a_list_that_was_cut_off_cannot_be_compared():
    lists = {"likes": (7, True), "shares": (2, True), "quotes": (2500, False), "replies": (1, True)}
    before = {"likes": 7, "shares": 2, "quotes": 9000}
    found = checks_of("1", lists, before, {"likes": 8, "shares": 2, "quotes": 9000})
    assert [(one.native_metric, one.displayed, one.listed, one.is_complete) for one in found] == [
        ("likes", 7, 7, False),
        ("shares", 2, 2, True),
        ("quotes", 9000, 2500, False),
    ]
    assert not any(one.is_complete for one in checks_of("1", lists, before, {}))
