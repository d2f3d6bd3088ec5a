from __future__ import annotations

import base64
import json
import logging
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from pipelines.errors import SourceError
from pipelines.sources import redaction
from pipelines.sources.redaction import MASK, Redaction
from tests.byte_search import ByteSearch

SECRET = "EAAsentinelTOKEN0123456789"
AWKWARD = "EAA/sentinel+TOKEN'\\x\"0123="


@pytest.fixture
def mask():
    found = Redaction()
    found.learn([SECRET])
    return found


@pytest.fixture
def _own_factory():
    make = logging.Logger.makeRecord
    yield
    logging.Logger.makeRecord = make


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


WAYS = {
    "in an address": quote(f"{AWKWARD}", safe=""),
    "in an address, in small letters": re.sub("%..", lambda m: m[0].lower(), quote(AWKWARD, safe="")),
    "in JSON": json.dumps({"a": AWKWARD}),
    "as Python shows it": repr(AWKWARD),
    "in HTTP Basic, from byte 0": base64.b64encode(f"{AWKWARD}:x".encode()).decode(),
    "in HTTP Basic, from byte 1": base64.b64encode(f"abc:{AWKWARD}".encode()).decode(),
    "in HTTP Basic, from byte 2": base64.b64encode(f"ab:cd{AWKWARD}".encode()).decode(),
    "in base64 for addresses": base64.urlsafe_b64encode(f"a{AWKWARD}".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_known_secret_is_masked_in_every_way_it_is_written(way):
    found = Redaction()
    found.learn([AWKWARD])
    assert ByteSearch((AWKWARD,)).data(way, f"before {WAYS[way]} after").hits
    search = ByteSearch((AWKWARD,)).data(way, found.clean(f"before {WAYS[way]} after"))
    assert search.hits == []


def test_of_two_secrets_that_begin_alike_nothing_is_left(mask):
    mask.learn([SECRET[:-4]])
    assert mask.clean(f"a {SECRET} b {SECRET[:-4]} c") == f"a {MASK} b {MASK} c"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("proxy http://user:abc@proxy.example:3128/", f"proxy http://user:{MASK}@proxy.example:3128/"),
        ("proxy http://user:@proxy.example", "proxy http://user:@proxy.example"),
        ("GET http://127.0.0.1:8080/v26.0/1", "GET http://127.0.0.1:8080/v26.0/1"),
        ("the Basic tier", "the Basic tier"),
        ("Basic dXNlcjpwYXNzd29yZA==", f"Basic {MASK}"),
    ],
)
def test_a_password_is_known_by_its_place(text, cleaned):
    assert Redaction().clean(text) == cleaned


@pytest.mark.usefixtures("_own_factory")
def test_what_a_caller_adds_to_a_record_is_masked_for_handlers_of_any_logger():
    seen = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append((record.headers, record.args))
    redaction.install([SECRET])
    logger = logging.getLogger("some.library.of.others")
    logger.addHandler(handler)
    try:
        logger.warning("no %s", "%s", extra={"headers": {"Authorization": SECRET}})
        logger.warning("%.3s", SECRET, extra={"headers": None})
    finally:
        logger.removeHandler(handler)
    assert SECRET not in repr(seen)
    assert len(seen) == 2


PROGRAM = """
import asyncio, logging, sys, threading, traceback, warnings
from pipelines.sources import redaction
secret = sys.argv[1]
logging.basicConfig()
redaction.install([secret])
class Closing:
    def __del__(self):
        raise ValueError(secret)
def fail(*_):
    raise RuntimeError("it was", secret)
warnings.warn(f"warned of {secret}")
print("printed", secret)
print("printed", secret, file=sys.stderr)
sys.stderr.writelines(["written ", secret, "\\n"])
thread = threading.Thread(target=fail)
thread.start(); thread.join()
closing = Closing(); del closing
async def main():
    asyncio.get_running_loop().call_soon(fail)
    task = asyncio.ensure_future(asyncio.to_thread(fail))
    await asyncio.sleep(0.1)
    del task
asyncio.run(main())
try:
    fail()
except RuntimeError:
    traceback.print_exc()
    logging.getLogger("x").exception("failed with %s", secret)
fail()
"""


def test_tracebacks_warnings_and_prints_outside_of_logging_are_masked():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("\\\\", "\\"), AWKWARD],
        capture_output=True, check=False, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    search = ByteSearch((AWKWARD,)).data("stdout", done.stdout).data("stderr", done.stderr)
    assert search.hits == []
    assert done.stdout.decode() == f"printed {MASK}\n".replace("\n", os.linesep)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert said.count("RuntimeError: ('it was', ") >= 5, said
    assert "UserWarning: warned of" in said
    assert "Exception ignored in" in said


class StubbornError(Exception):
    """Builds its words anew each time, as some libraries' errors do."""

    __slots__ = ("hidden",)

    def __init__(self):
        self.hidden = [SECRET]

    def __str__(self):
        return f"refused {self.hidden[0]}"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("refused", SECRET),
        KeyError(SECRET),
        OSError(2, "no", f"folder/{SECRET}"),
        SourceError(f"refused {SECRET}", where=f"GET /?a={SECRET}", do=SECRET),
        ExceptionGroup("several", [ValueError(SECRET), ExceptionGroup("more", [KeyError(SECRET)])]),
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
        StubbornError(),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("caused", [False, True])
def test_no_exception_that_others_write_down_holds_a_secret(monkeypatch, error, caused):
    monkeypatch.setattr(redaction, "REDACTION", Redaction())
    redaction.REDACTION.learn([SECRET])

    def work():
        if not caused:
            raise error
        try:
            raise error
        except type(error) as first:
            raise ValueError("and so") from first

    with pytest.raises(Exception) as caught, redaction.no_secret_leaves():  # noqa: PT011  # any of them
        work()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    if isinstance(error, SourceError) and not caught.value.__cause__:
        assert caught.value.what == f"refused {MASK}"


def test_an_exception_without_a_secret_passes_as_it_is():
    error = SourceError("refused", where="here", do="this")
    with pytest.raises(SourceError) as caught, redaction.no_secret_leaves():
        raise error
    assert caught.value is error
