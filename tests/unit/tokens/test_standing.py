from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.tokens.standing import standings
from tests.unit.tokens.conftest import START, Rotating, Source, account
from tests.unit.tokens.test_keeper import THREADS, TIKTOK, threads_platform

LINKEDIN = {"token": "LI-configured-access-token"}


def row(bench, name, native_id="42"):
    """The one row of a source, on a day that follows whatever the keepers did."""
    source = Source(name)
    [found] = standings(bench.keeper(Rotating()), [(source, [account(source, native_id)])])
    return found


def test_a_token_that_does_not_renew_is_warned_of_fourteen_days_before_its_latest_end(bench, ready):
    bench.sections = {"linkedin": LINKEDIN}
    assert row(bench, "linkedin").do == "Not used yet."
    ready(bench.keeper(Rotating()), Source("linkedin"))
    states = []
    for _ in range(62):
        found = row(bench, "linkedin")
        states.append(found.state)
        bench.later(days=1)
    assert states == ["good"] * 46 + ["ending"] * 14 + ["ended"] * 2
    assert found.expires_at == START + timedelta(days=60)
    assert found.is_latest


def test_the_warning_names_the_day_the_days_left_and_what_to_do_and_never_the_token(bench, ready):
    bench.sections = {"linkedin": LINKEDIN}
    ready(bench.keeper(Rotating()), Source("linkedin"))
    bench.later(days=50, hours=1)
    found = row(bench, "linkedin")
    assert found.sentence == (
        "the access token ends on 2026-12-31 at the latest, in 9 days. Sign in again and set the new token in .env."
    )
    assert found.needs_action
    assert LINKEDIN["token"] not in repr(found)


def test_a_refresh_token_is_warned_of_by_its_own_end_and_not_by_that_of_the_two_hours(bench, ready):
    bench.sections, platform = {"tiktok": TIKTOK}, Rotating()
    ready(bench.keeper(platform), Source("tiktok"))
    found = row(bench, "tiktok")
    assert (found.state, found.kind, found.days_left) == ("good", "refresh token (rotates)", 180)
    bench.later(days=166)
    assert row(bench, "tiktok").state == "ending"
    ready(bench.keeper(platform), Source("tiktok"))  # a run renews it, and with it its end
    assert row(bench, "tiktok").days_left == 180


def test_a_token_that_renews_itself_is_not_warned_of_unless_it_did_not(bench, ready):
    bench.sections, platform = {"threads": THREADS}, threads_platform(bench)
    for _ in range(2):
        ready(bench.keeper(platform), Source("threads"))
        bench.later(days=1)
    for _ in range(51):
        assert row(bench, "threads").state == "good"
        bench.later(days=1)
    bench.later(days=3)  # no run has come since the margin of a week began
    found = row(bench, "threads")
    assert found.state == "ending"
    assert "syfte auth refresh" in found.do


@pytest.mark.parametrize(("name", "section"), [("mastodon", {"token": "m"}), ("x", {"enabled": True, "token": "app"})])
def test_a_token_without_a_known_end_is_good(bench, name, section):
    bench.sections = {name: section}
    found = row(bench, name)
    assert (found.state, found.expires_at, found.needs_action) == ("good", None, False)


def test_what_is_public_needs_no_token_and_has_no_row(bench):
    bench.sections = {"bluesky": {}}
    source = Source("bluesky")
    assert standings(bench.keeper(Rotating()), [(source, [account(source, "did:plc:abc")])]) == []


def test_accounts_that_share_a_token_share_a_row(bench):
    bench.sections = {"linkedin": LINKEDIN | {"tokens": {"9": "LI-own"}}}
    source = Source("linkedin")
    work = [(source, [account(source, native_id) for native_id in ("7", "8", "9")])]
    assert [one.account for one in standings(bench.keeper(Rotating()), work)] == ["all", "9"]


def test_a_stored_token_that_others_may_read_is_told_and_not_used(bench, ready):
    bench.sections = {"tiktok": TIKTOK}
    ready(bench.keeper(Rotating()), Source("tiktok"))
    (bench.folder / "data" / "tokens" / "tiktok--default.json").chmod(0o644)
    found = row(bench, "tiktok")
    assert found.state == "unreadable"
    assert "Others may read a stored token (mode 0644)" in found.sentence
