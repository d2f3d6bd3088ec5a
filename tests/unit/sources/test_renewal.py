from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipelines.errors import DeferredError, SourceError, SyfteError
from pipelines.settings import Settings
from pipelines.source_settings import RenewingSettings
from pipelines.sources.renewal import RefusedRenewalError, Way, renew
from pipelines.sources.renewals import RENEWALS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = {"refresh_token": "RT-sentinel", "client_id": "app", "client_secret": "secret", "account": "did:plc:a"}
OWN_HOSTS = {
    "graph.facebook.com", "graph.instagram.com", "graph.threads.net", "api.x.com", "oauth2.googleapis.com",
    "open.tiktokapis.com", "www.linkedin.com", "bsky.social",
}  # fmt: skip


def asked(*answers, source="tiktok", words=WORDS):
    """What comes of answers, one a try, and how often was asked."""
    waiting, requests = list(answers), []

    def answer(request):
        requests.append(request)
        found = waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        status, body = found if isinstance(found, tuple) else (200, found)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers={"Date": "Fri, 20 Nov 2026 12:00:00 GMT"})

    async def no_sleep(_seconds):
        await asyncio.sleep(0)

    way = Way(
        source=source, base_url=RENEWALS[source].url, hosts=frozenset(OWN_HOSTS), sleep=no_sleep,
        transport=httpx.MockTransport(answer),
    )  # fmt: skip
    try:
        return asyncio.run(renew(RENEWALS[source], words, way)), len(requests)
    except SyfteError as raised:
        error = raised
    assert "RT-sentinel" not in str(error)
    assert error.__cause__ is None
    return error, len(requests)


def test_every_token_endpoint_is_a_platforms_own_over_tls_and_holds_no_secret_in_its_address():
    for renewal in RENEWALS.values():
        for url in filter(None, (renewal.url, renewal.inspect, renewal.sign_in and renewal.sign_in.url)):
            parsed = httpx.URL(url)
            assert (parsed.scheme, parsed.query) == ("https", b"")
            assert parsed.host in OWN_HOSTS


def test_every_source_that_takes_a_refresh_token_says_how_it_is_used():
    for name, field in Settings.model_fields.items():
        for kind in getattr(field.annotation, "__args__", ()):
            if isinstance(kind, type) and issubclass(kind, RenewingSettings):
                assert "refresh_token" in RENEWALS[name].needs


def test_what_the_answer_says_of_its_life_goes_before_what_the_documentation_says():
    body = {"access_token": "AT-new", "expires_in": 86400, "refresh_token": "RT-new", "refresh_expires_in": 31536000}
    found, _ = asked(body)
    assert found.expires_at == NOW + timedelta(days=1)
    assert found.refresh_expires_at == NOW + timedelta(days=365)
    found, _ = asked({"access_token": "AT-new", "refresh_token": "RT-new"})
    assert found.expires_at == NOW + timedelta(hours=2)
    assert found.refresh_expires_at == NOW + timedelta(days=180)
    assert "AT-new" not in repr(found)


@pytest.mark.parametrize("seconds", [-5, 0, 1e300, 10**400])
def test_a_life_that_cannot_be_is_not_believed(seconds):
    found, _ = asked({"access_token": "AT-new", "expires_in": seconds, "refresh_token": "RT-new"})
    if isinstance(found, SourceError):  # 400 digits are no number
        return
    assert found.expires_at == NOW + timedelta(hours=2)


def test_a_session_says_itself_when_it_ends():
    claims = base64.urlsafe_b64encode(json.dumps({"exp": int(NOW.timestamp()) + 600}).encode()).decode().rstrip("=")
    found, _ = asked({"accessJwt": f"a.{claims}.c", "refreshJwt": "not-a-jwt"}, source="bluesky")
    assert found.expires_at == NOW + timedelta(minutes=10)
    assert found.refresh_expires_at == NOW + timedelta(days=60)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((400, {"error": "invalid_grant", "error_description": "RT-sentinel is used"}), "invalid_grant"),
        ((200, {"error": "invalid_grant", "log_id": "1"}), "invalid_grant"),
        ((400, {"error": {"code": 190, "message": "RT-sentinel"}}), "code 190"),
        ((401, {"error": "AuthenticationRequired"}), "AuthenticationRequired"),
        ((401, b"<html>RT-sentinel</html>"), "HTTP 401"),
        ((400, {"error": "RT-sentinel and words"}), "an error"),
    ],
)
def test_a_no_is_final_and_told_by_its_word_alone(answer, reason):
    error, tries = asked(answer)
    assert isinstance(error, RefusedRenewalError)
    assert f"({reason})" in error.what
    assert tries == 1


def test_a_wrong_app_is_told_apart_from_a_wrong_token():
    for no in ({"error": "invalid_client"}, {"error": {"code": 1, "message": "Error validating client secret."}}):
        error, _ = asked((400, no))
        assert "client's id and secret" in error.do


def test_a_stumble_is_asked_again_and_a_limit_is_not():
    fine = {"access_token": "AT-new", "refresh_token": "RT-new"}
    found, tries = asked((502, b"<html>"), httpx.ConnectError("RT-sentinel"), fine)
    assert (found.access_token, tries) == ("AT-new", 3)
    error, tries = asked((400, {"error": {"code": 4, "message": "limit"}}))
    assert isinstance(error, DeferredError)
    assert tries == 1


@pytest.mark.parametrize(
    "body", [b"<html>RT-sentinel</html>", b'{"access_token": "AT-cut', {"token_type": "bearer"}, []]
)
def test_an_answer_without_a_token_is_no_renewal_and_nothing_of_it_is_told(body):
    error, _ = asked(body)
    assert isinstance(error, SourceError)
    assert "AT-cut" not in str(error)
