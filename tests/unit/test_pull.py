from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import zstandard

from pipelines.budget import SqliteLedger
from pipelines.errors import ConfigurationError, CredentialError, DeferredError, SourceError, StorageError
from pipelines.landing import Landing
from pipelines.pull import probe, pull
from pipelines.settings import Settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.http import Clock, ExhaustedError
from pipelines.sources.refusals import TokenRefusedError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD, BAD = "EAAsentinelGOOD0123456789", "EAAsentinelBAD00123456789"
EXPIRED = (400, {"error": {"code": 190, "error_subcode": 463, "message": "expired"}})


def account(native_id, platform="facebook", **fields):
    return Account(
        account_id=f"{platform}:{native_id}", platform=platform, native_id=native_id, unit_id="north", **fields
    )


def settings(tmp_path, **sources):
    given = sources or {"facebook_pages": {"token": GOOD, "tokens": {"666": BAD}}}
    return Settings(project_dir=tmp_path, now=NOW, **given)


def facebook_page(request):
    """A Page with one post and day values; the bad token has expired."""
    if BAD in request.headers["authorization"]:
        return EXPIRED
    path = request.url.path
    if path.endswith("/debug_token"):
        return {"data": {"is_valid": True, "type": "PAGE", "expires_at": 0}}
    if path.endswith("/published_posts"):
        return {"data": [{"id": f"{path.split('/')[2]}_1", "message": "Hej"}], "paging": {}}
    return {"data": []} if path.endswith("/insights") else {"id": path.split("/")[2], "fan_count": 5}


class Wire:
    """A transport that plays a function and counts what it was asked."""

    def __init__(self, play):
        self.play = play
        self.asked = []
        self.transport = httpx.MockTransport(self.answer)

    def answer(self, request):
        self.asked.append(request)
        played = self.play(request)
        status, body, *headers = played if isinstance(played, tuple) else (200, played)
        date = {"Date": format_datetime(NOW, usegmt=True)}
        return httpx.Response(status, content=json.dumps(body).encode(), headers=date | (headers[0] if headers else {}))


async def _no_sleep(_seconds):
    await asyncio.sleep(0)


CLOCK = Clock(wall=lambda: NOW, monotonic=lambda: 0.0, sleep=_no_sleep, chance=lambda: 0.5)


def landed(landing):
    """(stream, account_id, number) of every page that exists."""
    entries = [entry for manifest in landing.manifests() for entry, _ in landing.entries(manifest)]
    return [(e.stream, e.account_id, e.number) for e in entries]


def run(tmp_path, wire, accounts, *, landing=None, **more):
    conf = more.pop("settings", None) or settings(tmp_path)
    landing = landing or Landing(tmp_path / "landing")
    return pull(conf, accounts, landing, transport=wire.transport, clock=CLOCK, **more), landing


def test_all_accounts_land_and_the_report_counts_what_came(tmp_path):
    report, landing = run(tmp_path, Wire(facebook_page), [account("1"), account("2")])
    report.raise_for_errors()
    posts = [(r.account_id, r.pages, r.rows, r.rejected, r.complete) for r in report.results if r.stream == "posts"]
    assert sorted(posts) == [("facebook:1", 1, 1, 0, True), ("facebook:2", 1, 1, 0, True)]
    assert {("posts", "facebook:1", 1), ("posts", "facebook:2", 1)} <= set(landed(landing))


def test_an_account_with_an_expired_token_sinks_no_other_and_is_told_after_they_landed(tmp_path):
    wire = Wire(facebook_page)
    report, landing = run(tmp_path, wire, [account("666"), account("1"), account("2")])
    assert {account_id for _, account_id, _ in landed(landing)} == {"facebook:1", "facebook:2"}
    assert [r.account_id for r in report.results if r.error] == ["facebook:666"]
    assert sum(BAD in request.headers["authorization"] for request in wire.asked) == 1
    with pytest.raises(CredentialError, match="190/463"):
        report.raise_for_errors()


def test_the_error_that_needs_a_person_is_raised_before_the_one_that_heals(tmp_path):
    def play(request):
        kind = request.url.path.split("/")[2]
        answers = {"1": (429, {}, {"Retry-After": "900"}), "2": (400, {"error": {"code": 100, "message": "no"}})}
        return answers.get(kind) or facebook_page(request)

    tokens = {"1": "EAAtokenOfOne000", "2": "EAAtokenOfTwo000", "666": BAD}
    conf = settings(tmp_path, facebook_pages={"tokens": tokens})
    report, _ = run(tmp_path, Wire(play), [account("1"), account("2"), account("666")], settings=conf)
    assert [type(error) for error in report.errors] == [TokenRefusedError, SourceError, DeferredError]


def test_spent_credit_stops_the_source_for_all_its_accounts(tmp_path):
    wire = Wire(lambda _r: (402, {"title": "CreditsDepleted", "type": "https://api.x.com/2/problems/credits"}))
    tokens = {str(n): f"AAAAtokenNumber{n:05d}" for n in range(40)}
    conf = settings(tmp_path, x={"enabled": True, "tokens": tokens})
    report, _ = run(tmp_path, wire, [account(str(n), "x") for n in range(40)], settings=conf)
    assert len(report.errors) == 40
    assert all(isinstance(error, ExhaustedError) for error in report.errors)
    assert len(wire.asked) <= 8  # those that were under way when the first answer came


def test_x_is_not_read_unless_it_is_enabled(tmp_path):
    wire = Wire(facebook_page)
    conf = settings(tmp_path, x={"token": GOOD})
    report, _ = run(tmp_path, wire, [account("42", "x")], settings=conf)
    assert wire.asked == []
    assert report.skipped == {"x:42": "no source for x is switched on"}


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (account("1", "mastodon"), "no source for mastodon is switched on"),
        (account("1", closed_at=NOW - timedelta(days=1)), "the account is closed"),
        (account("1", opened_at=NOW + timedelta(days=1)), "the account is not open yet"),
    ],
)
def test_an_account_that_is_not_asked_is_told_with_the_reason(tmp_path, one, why):
    told = []
    wire = Wire(facebook_page)
    report, landing = run(tmp_path, wire, [one], on_event=told.append)
    assert report.skipped == {one.account_id: why}
    assert [(e.name, e.detail) for e in told if e.kind == "skipped"] == [(one.account_id, why)]
    assert wire.asked == []
    assert landed(landing) == []


def test_a_project_without_any_source_pulls_nothing_and_does_not_fail(tmp_path):
    conf = Settings(project_dir=tmp_path, now=NOW)
    report, _ = run(tmp_path, Wire(facebook_page), [account("1")], settings=conf)
    report.raise_for_errors()
    assert report.results == []


def test_a_deferred_crawl_keeps_its_pages_and_the_next_run_goes_on_behind_them(tmp_path):
    def page(n, after=None):
        paging = {"cursors": {"after": after}, "next": "https://x"} if after else {}
        return {"data": [{"id": f"1_{n}"}], "paging": paging}

    throttled = True

    def play(request):
        if not request.url.path.endswith("/published_posts"):
            return facebook_page(request)
        cursor = request.url.params.get("after")
        if cursor == "c" and throttled:
            return 429, {}, {"Retry-After": "900"}
        return {None: page(1, "b"), "b": page(2, "c"), "c": page(3)}[cursor]

    wire = Wire(play)
    report, landing = run(tmp_path, wire, [account("1")])
    with pytest.raises(DeferredError):
        report.raise_for_errors()
    assert [n for stream, _, n in landed(landing) if stream == "posts"] == [1, 2]

    throttled = False
    wire.asked.clear()
    report, _ = run(tmp_path, wire, [account("1")], landing=landing)
    report.raise_for_errors()
    cursors = [r.url.params.get("after") for r in wire.asked if r.url.path.endswith("/published_posts")]
    assert cursors == ["c"]
    assert sorted(n for stream, _, n in landed(landing) if stream == "posts") == [1, 2, 3]


def test_a_young_pull_begins_with_the_newest_posts_whatever_was_interrupted(tmp_path):
    def play(request):
        if request.url.params.get("after") == "b":
            return 429, {}, {"Retry-After": "900"}
        if request.url.path.endswith("/published_posts"):
            return {"data": [], "paging": {"cursors": {"after": "b"}, "next": "https://x"}}
        return facebook_page(request)

    _, landing = run(tmp_path, Wire(play), [account("1")])
    wire = Wire(facebook_page)
    run(tmp_path, wire, [account("1")], landing=landing, plan=PullPlan(now=NOW, young_only_hours=24))
    assert [request.url.params.get("after") for request in wire.asked] == [None]


def test_only_the_named_sources_are_pulled(tmp_path):
    wire = Wire(facebook_page)
    conf = settings(tmp_path, facebook_pages={"token": GOOD}, instagram={"token": GOOD})
    report, _ = run(tmp_path, wire, [account("1")], settings=conf, sources=["instagram"])
    assert wire.asked == []
    assert list(report.skipped) == ["facebook:1"]


def test_a_landing_that_cannot_be_written_ends_the_pull_and_is_not_one_accounts_failure(tmp_path):
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "facebook_pages").write_text("in the way")
    with pytest.raises((StorageError, FileExistsError, NotADirectoryError)):
        run(tmp_path, Wire(facebook_page), [account("1")])


def test_the_end_of_the_listing_lands_after_the_posts_figures_so_that_a_kill_between_them_is_no_read_listing(tmp_path):
    landing = Landing(tmp_path / "landing")
    run(tmp_path, Wire(facebook_page), [account("42")], landing=landing)
    streams = [stream for stream, _, _ in landed(landing)]
    assert streams[-2:] == ["posts", "accounts"] or streams[-2:] == ["posts", "pages"], streams
    assert len(streams) > 2


def test_a_ledger_that_cannot_be_written_is_a_matter_of_the_disk_and_of_no_token(tmp_path):
    ledger = SqliteLedger(tmp_path / "budget.sqlite", today=lambda: NOW)
    with ledger:
        pass  # closed: it cannot be written any more
    with pytest.raises(StorageError, match="ledger of allowances"):
        run(tmp_path, Wire(facebook_page), [account("42")], ledger=ledger)


def test_an_address_that_may_not_get_tokens_is_refused_before_anything_is_asked(tmp_path):
    wire = Wire(facebook_page)
    for url in ("https://evil.example.com", "http://graph.facebook.com", "https://graph.facebook.com.evil.example"):
        conf = settings(tmp_path, facebook_pages={"token": GOOD, "base_url": url})
        with pytest.raises(ConfigurationError, match=r"address|host"):
            run(tmp_path, wire, [account("1")], settings=conf)
    assert wire.asked == []


def test_a_gateway_gets_tokens_only_if_it_is_named(tmp_path):
    wire = Wire(facebook_page)
    sources = {
        "facebook_pages": {"token": GOOD, "base_url": "https://gateway.example.se/meta"},
        "http": {"extra_hosts": ["gateway.example.se"]},
    }
    run(tmp_path, wire, [account("1")], settings=settings(tmp_path, **sources))
    assert str(wire.asked[0].url).startswith("https://gateway.example.se/meta/v26.0/1?")


def test_no_token_is_in_the_landing_the_log_the_events_or_the_errors(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)

    def play(request):
        if request.url.path.endswith("/published_posts"):
            secret = request.headers["authorization"].removeprefix("Bearer ")
            after = request.url.params.get("after")
            link = f"https://graph.facebook.com/v26.0/1/published_posts?access_token={secret}&after=b"
            return {"data": [{"id": "1_1"}], "paging": {} if after else {"cursors": {"after": "b"}, "next": link}}
        return facebook_page(request)

    told = []
    report, landing = run(tmp_path, Wire(play), [account("1"), account("666")], on_event=told.append)
    files = [path for path in landing.root.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files]
    contents += [zstandard.decompress(raw) for path, raw in zip(files, contents, strict=True) if path.suffix == ".zst"]
    text = "".join(map(repr, contents)) + caplog.text + repr(told) + "".join(map(str, report.errors)) + repr(report)
    assert "1_1" in text
    assert GOOD not in text
    assert BAD not in text


def test_a_probe_says_who_answered_and_who_refused_and_stores_nothing(tmp_path):
    wire = Wire(facebook_page)
    found = probe(settings(tmp_path), [account("1"), account("666")], transport=wire.transport, clock=CLOCK)
    assert [(p.account_id, p.answer, type(p.error)) for p in found] == [
        ("facebook:1", "answers as Page 1", type(None)),
        ("facebook:666", "", TokenRefusedError),
    ]
    assert len(wire.asked) == 3  # one each, and one to ask when the good token ends
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent for path in kept} == {tmp_path / "data" / "tokens"}  # when tokens end and where they belong
    assert not any(GOOD.encode() in path.read_bytes() for path in kept)


def test_the_newest_reading_of_each_quota_is_in_the_report(tmp_path):
    usage = {"X-App-Usage": '{"call_count": 28, "total_cputime": 25, "total_time": 25}'}

    def play(request):
        body = facebook_page(request)
        return (200, body, usage)

    report, _ = run(tmp_path, Wire(play), [account("1")])
    assert report.quotas["facebook_pages", "x-app-usage"].used_ratio == 0.28
