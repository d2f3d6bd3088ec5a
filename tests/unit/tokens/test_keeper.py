from __future__ import annotations

import asyncio
import logging
import os
from datetime import timedelta

import httpx
import pytest

from pipelines.errors import CredentialError, DeferredError, SourceError, StorageError
from pipelines.sources.renewal import RefusedRenewalError
from tests.unit.tokens.conftest import START, Rotating, Source, account

TIKTOK = {"enabled": True, "refresh_token": "RT-0", "client_id": "key", "client_secret": "s3cret-of-the-app"}


class Killed(BaseException):
    """The process ends here: no handler of ours may catch it."""


@pytest.fixture
def tiktok(bench):
    bench.sections = {"tiktok": TIKTOK}
    return Source("tiktok")


def test_a_token_is_renewed_before_it_ends_and_not_more_often(bench, ready, tiktok):
    platform = Rotating()
    assert ready(bench.keeper(platform), tiktok) == "AT-1"
    bench.later(minutes=109)
    assert ready(bench.keeper(platform), tiktok) == "AT-1"
    bench.later(minutes=2)  # nine minutes are left
    assert ready(bench.keeper(platform), tiktok) == "AT-2"
    assert [dict(httpx.QueryParams(r.content.decode()))["refresh_token"] for r in platform.asked] == ["RT-0", "RT-1"]


def test_the_form_is_the_documented_one_and_no_secret_stands_in_the_address(bench, ready, tiktok):
    platform = Rotating()
    ready(bench.keeper(platform), tiktok)
    [request] = platform.asked
    assert str(request.url) == "https://open.tiktokapis.com/v2/oauth/token/"
    assert dict(httpx.QueryParams(request.content.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "RT-0",
        "client_key": "key",
        "client_secret": "s3cret-of-the-app",
    }


def test_the_new_refresh_token_is_on_disk_before_the_new_access_token_is_used(bench, tiktok, monkeypatch):
    platform, seen = Rotating(), []
    keeper = bench.keeper(platform)
    monkeypatch.setattr(type(keeper.settings.tiktok), "hold", lambda *_: seen.append(bench.stored()))
    asyncio.run(keeper.ready(tiktok, account(tiktok)))
    assert '"RT-1"' in seen[0]["tiktok--default.json"]


def run_killed_at(bench, tiktok, platform, monkeypatch, step):
    """A run that is killed at its n-th call to the system that touches the disk; whether it came that far."""
    count = 0

    def counted(call):
        def run(*args, **more):
            nonlocal count
            count += 1
            if count == step:
                raise Killed
            return call(*args, **more)

        return run

    with monkeypatch.context() as patch:
        for name in ("open", "fsync", "replace", "fchmod"):
            patch.setattr(os, name, counted(getattr(os, name)))
        patch.setattr("pathlib.Path.replace", counted(os.replace))
        try:
            asyncio.run(bench.keeper(platform).ready(tiktok, account(tiktok)))
        except Killed:
            return True
    return False


def test_a_kill_at_any_write_leaves_a_good_token_or_says_what_was_lost(bench, ready, tiktok, monkeypatch, tmp_path):
    lost = 0
    for step in range(1, 100):
        bench.folder = tmp_path / str(step)
        platform = Rotating()
        if not run_killed_at(bench, tiktok, platform, monkeypatch, step):
            break
        if platform.given == 0 or '"AT-1"' in str(bench.stored()):
            assert ready(bench.keeper(platform), tiktok) == "AT-1"
            continue
        lost += 1  # the platform had answered, the disk had not: nobody has that token any more
        with pytest.raises(RefusedRenewalError, match="was cut off before its answer was stored") as told:
            ready(bench.keeper(platform), tiktok)
        assert "Sign in to tiktok again" in (told.value.do or "")
    assert step > 12
    assert 1 <= lost <= 5


def test_two_runs_at_once_spend_one_refresh_token(bench, tiktok):
    platform = Rotating()
    keepers = [bench.keeper(platform) for _ in range(4)]

    async def all_at_once():
        await asyncio.gather(*(keeper.ready(tiktok, account(tiktok)) for keeper in keepers))

    asyncio.run(all_at_once())
    assert len(platform.asked) == 1
    assert {keeper.settings.tiktok.token_for("42").get_secret_value() for keeper in keepers} == {"AT-1"}


def test_a_token_set_anew_by_a_person_takes_the_place_of_the_stored_one(bench, ready, tiktok):
    ready(bench.keeper(Rotating()), tiktok)
    bench.sections = {"tiktok": TIKTOK | {"refresh_token": "RT-new"}}
    platform = Rotating(good="RT-new")
    assert ready(bench.keeper(platform), tiktok) == "AT-1"
    assert len(platform.asked) == 1


def test_a_renewal_that_fails_while_the_old_token_is_good_is_a_warning(bench, ready, tiktok):
    platform = Rotating()
    ready(bench.keeper(platform), tiktok)
    bench.later(minutes=115)
    platform.before = lambda _r: httpx.Response(503)
    keeper = bench.keeper(platform)
    assert ready(keeper, tiktok) == "AT-1"
    assert "HTTP 503" in keeper.warnings["tiktok--default"]
    bench.later(minutes=10)
    with pytest.raises(SourceError, match="did not renew the token in 3 tries"):
        ready(bench.keeper(platform), tiktok)
    platform.before = None
    assert ready(bench.keeper(platform), tiktok) == "AT-2"  # nothing was spent meanwhile


def test_a_refused_renewal_is_asked_once_and_told_in_the_platforms_word_alone(bench, ready, tiktok):
    platform = Rotating(good="RT-secret-that-is-meant")
    with pytest.raises(CredentialError, match=r"does not renew the token \(invalid_grant\)") as told:
        ready(bench.keeper(platform), tiktok)
    assert len(platform.asked) == 1
    assert "RT-" not in str(told.value)


def test_a_busy_token_endpoint_puts_the_pull_off(bench, ready, tiktok):
    platform = Rotating()
    platform.before = lambda _r: httpx.Response(429, headers={"Retry-After": "30"})
    with pytest.raises(DeferredError) as told:
        ready(bench.keeper(platform), tiktok)
    assert told.value.seconds == 30


def test_a_disk_that_is_full_is_told_before_the_refresh_token_is_spent(bench, ready, tiktok, monkeypatch):
    platform = Rotating()

    def full(_handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            ready(bench.keeper(platform), tiktok)
    assert platform.asked == []
    assert ready(bench.keeper(platform), tiktok) == "AT-1"


def test_a_renewed_token_is_masked_in_logs_from_the_moment_it_is_answered(bench, ready, tiktok, caplog):
    long = "sentinel-renewed-access-token-0001"
    platform = Rotating()
    platform.before = lambda _r: platform.answer({"access_token": long, "refresh_token": f"{long}-refresh"})
    with caplog.at_level(logging.DEBUG):
        ready(bench.keeper(platform), tiktok)
        logging.getLogger("anything").warning("sent %s and %s-refresh", long, long)
    assert long not in caplog.text
    assert "[secret]" in caplog.text


THREADS = {"token": "TH-0"}


def threads_platform(bench, lives=5_184_000):
    platform = Rotating()

    def play(request):
        sent = dict(request.url.params)
        assert request.url.path == "/refresh_access_token"
        assert sent["grant_type"] == "th_refresh_token"
        platform.given += 1
        return platform.answer({"access_token": f"TH-{platform.given}", "token_type": "bearer", "expires_in": lives})

    platform.before = play
    return platform


def test_a_token_of_sixty_days_is_renewed_from_its_second_day_and_then_a_week_before_its_end(bench, ready):
    bench.sections, threads = {"threads": THREADS}, Source("threads")
    platform = threads_platform(bench)
    used = []
    for _ in range(70):
        used.append(ready(bench.keeper(platform), threads))
        bench.later(days=1)
    assert used[0] == "TH-0"
    assert set(used[1:54]) == {"TH-1"}
    assert set(used[54:]) == {"TH-2"}


def test_an_early_refusal_is_answered_with_one_renewal_by_whoever_comes_first(bench, tiktok):
    platform = Rotating()
    keeper = bench.keeper(platform)

    async def refused():
        used = await keeper.ready(tiktok, account(tiktok))
        return await asyncio.gather(*(keeper.renew_now(tiktok, account(tiktok), refused=used) for _ in range(5)))

    assert asyncio.run(refused()) == [True] * 5
    assert platform.given == 2
    assert keeper.settings.tiktok.token_for("42").get_secret_value() == "AT-2"


def test_a_lapsed_session_begins_again_from_the_app_password_which_is_never_sent_as_a_token(bench, ready):
    bench.sections = {"bluesky": {"tokens": {"did:plc:abc": "aaaa-bbbb-cccc-dddd"}}}
    bluesky, platform = Source("bluesky"), Rotating()
    sessions = {"n": 0, "good": None}

    def play(request):
        sessions["n"] += 1
        if request.url.path.endswith("refreshSession") and request.headers["authorization"] != sessions["good"]:
            return platform.answer({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        sessions["good"] = f"Bearer refresh-jwt-{sessions['n']}"
        return platform.answer({"accessJwt": f"access-jwt-{sessions['n']}", "refreshJwt": sessions["good"][7:]})

    platform.before = play
    with pytest.raises(CredentialError, match="no token"):
        bench.keeper(platform).settings.bluesky.token_for("did:plc:abc")
    assert ready(bench.keeper(platform), bluesky, "did:plc:abc") == "access-jwt-1"
    assert ready(bench.keeper(platform), bluesky, "did:plc:abc") == "access-jwt-1"  # no login per run
    bench.later(hours=3)
    assert ready(bench.keeper(platform), bluesky, "did:plc:abc") == "access-jwt-2"
    sessions["good"] = None
    bench.later(hours=3)
    assert ready(bench.keeper(platform), bluesky, "did:plc:abc") == "access-jwt-4"
    paths = [request.url.path.rsplit(".", 1)[1] for request in platform.asked]
    assert paths == ["createSession", "refreshSession", "refreshSession", "createSession"]


@pytest.mark.parametrize(
    ("source", "app", "url"),
    [
        ("x", {"client_id": "app"}, "https://api.x.com/2/oauth2/token"),
        ("youtube", {"client_id": "app", "client_secret": "secret"}, "https://oauth2.googleapis.com/token"),
        ("linkedin", {"client_id": "app", "client_secret": "secret"}, "https://www.linkedin.com/oauth/v2/accessToken"),
    ],
)
def test_each_platform_is_asked_in_its_documented_form(bench, ready, source, app, url):
    bench.sections = {source: {"refresh_token": "RT-0"} | app | ({"enabled": True} if source == "x" else {})}
    platform = Rotating()
    assert ready(bench.keeper(platform), Source(source)) == "AT-1"
    [request] = platform.asked
    assert (request.method, str(request.url)) == ("POST", url)
    sent = dict(httpx.QueryParams(request.content.decode()))
    assert sent == {"grant_type": "refresh_token", "refresh_token": "RT-0"} | app


def test_an_x_app_with_a_secret_sends_it_as_basic(bench, ready):
    bench.sections = {"x": {"enabled": True, "refresh_token": "RT-0", "client_id": "app", "client_secret": "pw"}}
    platform = Rotating()
    ready(bench.keeper(platform), Source("x"))
    assert platform.asked[0].headers["authorization"] == "Basic YXBwOnB3"


def test_a_gateway_or_a_sandbox_is_asked_for_tokens_too_and_the_platform_is_not(bench, ready):
    bench.sections = {"linkedin": {"refresh_token": "RT-0", "client_id": "a", "client_secret": "b"}}
    bench.sections["linkedin"]["base_url"] = "http://127.0.0.1:8899"
    platform = Rotating()
    ready(bench.keeper(platform), Source("linkedin", "http://127.0.0.1:8899"))
    assert str(platform.asked[0].url) == "http://127.0.0.1:8899/oauth/v2/accessToken"


def test_meta_is_asked_daily_when_a_token_ends_and_a_persons_one_is_exchanged_in_time(bench, ready):
    bench.sections = {"facebook_pages": {"token": "FB-0", "app_id": "1", "app_secret": "app-secret"}}
    facebook, platform = Source("facebook_pages"), Rotating()

    def play(request):
        if request.url.path == "/v26.0/debug_token":
            ends = int((START + timedelta(days=9)).timestamp())
            return platform.answer({"data": {"is_valid": True, "type": "USER", "expires_at": ends}})
        assert dict(request.url.params) == {
            "grant_type": "fb_exchange_token",
            "client_id": "1",
            "client_secret": "app-secret",
            "fb_exchange_token": "FB-0",
        }
        return platform.answer({"access_token": "FB-1", "token_type": "bearer", "expires_in": 5183944})

    platform.before = play
    keeper = bench.keeper(platform)
    for _ in range(2):
        assert ready(keeper, facebook) == "FB-0"
        asyncio.run(keeper.look(facebook, account(facebook)))
    assert len(platform.asked) == 1
    bench.later(days=3)
    assert ready(bench.keeper(platform), facebook) == "FB-1"


def test_a_token_for_a_machine_has_no_end_and_is_left_alone(bench, ready):
    bench.sections = {"facebook_pages": {"token": "FB-0", "app_id": "1", "app_secret": "app-secret"}}
    facebook, platform = Source("facebook_pages"), Rotating()
    platform.before = lambda _r: platform.answer({"data": {"is_valid": True, "type": "SYSTEM_USER", "expires_at": 0}})
    keeper = bench.keeper(platform)
    ready(keeper, facebook)
    asyncio.run(keeper.look(facebook, account(facebook)))
    bench.later(days=400)
    assert ready(bench.keeper(platform), facebook) == "FB-0"
    assert len(platform.asked) == 1
