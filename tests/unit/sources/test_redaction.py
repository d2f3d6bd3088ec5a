from __future__ import annotations

import logging

import pytest

from pipelines.sources import redaction
from pipelines.sources.redaction import MASK, Redaction

SECRET = "EAAsentinelTOKEN0123456789"


@pytest.fixture
def mask():
    found = Redaction()
    found.learn([SECRET])
    return found


@pytest.fixture
def _own_factory():
    make = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(make)


def record(message, *args, exc_info=None):
    return logging.LogRecord("x", logging.INFO, "f.py", 1, message, args, exc_info)


@pytest.mark.parametrize(
    "text",
    [
        f"GET /v26.0/1?access_token={SECRET}&limit=2",
        f"Authorization: Bearer {SECRET}",
        f"headers={{'authorization': 'Bearer {SECRET}'}}",
        f"token {SECRET}.",
    ],
)
def test_a_known_secret_is_masked_wherever_it_stands(mask, text):
    assert SECRET not in mask.clean(text)
    assert MASK in mask.clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://graph.facebook.com/v26.0/1?access_token=UNKNOWNtoken123&after=b",
        '{"access_token": "UNKNOWNtoken123", "expires_in": 5}',
        "client_secret=UNKNOWNtoken123",
        "Authorization: bearer UNKNOWNtoken123",
    ],
)
def test_an_unknown_secret_is_masked_by_its_surroundings(mask, text):
    assert "UNKNOWNtoken123" not in mask.clean(text)


def test_ordinary_text_is_left_alone(mask):
    text = "GET /v26.0/101/published_posts?limit=100&after=QVFIUjE: ok"
    assert mask.clean(text) == text


def test_arguments_tracebacks_and_extras_are_masked(mask):
    try:
        {}[SECRET]
    except KeyError as error:
        found = record("asked %s with %s", "x", SECRET, exc_info=(type(error), error, error.__traceback__))
    found.url = f"https://x/?access_token={SECRET}"
    assert mask.filter(found)
    printed = logging.Formatter("%(message)s %(url)s").format(found)
    assert SECRET not in printed
    assert "KeyError" in printed


@pytest.mark.usefixtures("_own_factory")
def test_after_install_no_handler_ever_sees_a_secret():
    seen = []

    class Handler(logging.Handler):
        def emit(self, record):
            seen.append(self.format(record))

    redaction.install([SECRET])
    redaction.install([SECRET])
    logger = logging.getLogger("some.library.of.others")
    handler = Handler()
    logger.addHandler(handler)
    try:
        logger.warning("sent %s", SECRET)
    finally:
        logger.removeHandler(handler)
    assert seen == [f"sent {MASK}"]


@pytest.mark.usefixtures("_own_factory")
def test_the_http_libraries_are_quiet_below_warnings():
    redaction.install()
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)
