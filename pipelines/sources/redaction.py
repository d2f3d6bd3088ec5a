"""Keeping secrets out of logs, tracebacks, terminals and addresses: by value for those we know, by pattern for others.

What a process says passes here, however it says it: log records of every logger, and all that is written to stderr and
stdout (tracebacks, warnings, the hooks of threads and of the interpreter, what libraries print). Exceptions that others
write down, such as Dagster's event log, are cleaned by `no_secret_leaves`.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast
from urllib.parse import quote, unquote

from pipelines.errors import SyfteError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

MASK = "[secret]"

SHORTEST = 6
"""Shorter values would mask half of what is said. Settings take none; an address's password is known by its place."""

_NAMED = re.compile(
    r"(?P<keep>\b(?:access_token|appsecret_proof|client_secret|app_secret|refresh_token|input_token|fb_exchange_token"
    r"|api_key|accessJwt|refreshJwt|password)[\"']?\s*[=:]\s*[\"']?"
    r"|\bBearer\s+|\bBasic\s+(?=[\w+/=-]{12}))[^\s\"'&,;)\]}]+",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(?P<keep>://[^\s/:@\"']*:)[^\s/@\"']+(?=@)")

_NOISY = ("httpx", "httpcore", "aiohttp")
"""Their INFO and DEBUG lines print whole addresses and headers."""

_OF_RECORDS = frozenset(vars(logging.makeLogRecord({})))


def _written(secret: str) -> Iterator[str]:
    """The ways a secret is written: as it is, in an address, in JSON, as Python shows it, in base64 (HTTP Basic)."""
    quoted = quote(secret, safe="")
    yield from (secret, quoted, re.sub(r"%..", lambda found: found[0].lower(), quoted))
    yield from (json.dumps(secret)[1:-1], repr(secret)[1:-1])
    plain = secret.encode()
    for start in range(3):
        # what stays the same whatever stands before and behind it
        inner = plain[(3 - start) % 3 :]
        encoded = base64.b64encode(inner[: len(inner) // 3 * 3]).decode()
        yield from (encoded, encoded.replace("+", "-").replace("/", "_"))


class Redaction(logging.Filter):
    """Masks secrets in a record's message, arguments, extras and traceback. Lets every record through."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: tuple[str, ...] = ()
        self._written: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these values from now on, in every way they are written."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= SHORTEST)}
        if len(known) > len(self._secrets):
            # the longest first: one secret may begin with another
            self._secrets = tuple(sorted(known, key=len, reverse=True))
            forms = {form for secret in known for form in _written(secret) if len(form) >= SHORTEST}
            self._written = tuple(sorted(forms, key=len, reverse=True))

    def holds(self, text: str) -> bool:
        """Whether a text holds a secret that is known, in any way of writing it."""
        return any(form in text for form in self._written) or any(one in unquote(text) for one in self._secrets)

    def values(self, text: str) -> str:
        """The text without the values that are known: for data, where a pattern could strike what is no secret."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def clean(self, text: str) -> str:
        """The text without secrets, known or not."""
        for form in self._written:
            if form in text:
                text = text.replace(form, MASK)
        for pattern in (_NAMED, _IN_ADDRESS):
            text = pattern.sub(lambda found: found["keep"] + MASK, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask in place."""
        message = record.getMessage()
        cleaned = self.clean(message)
        if cleaned != message or (record.args and self.clean(shown := repr(record.args)) != shown):
            record.msg, record.args = cleaned, ()
        if record.exc_info:
            told = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = self.clean(told)
        for key, value in record.__dict__.items():
            if isinstance(value, str) and key != "msg":
                record.__dict__[key] = self.clean(value)
            elif key not in _OF_RECORDS and self.clean(shown := repr(value)) != shown:
                record.__dict__[key] = self.clean(shown)
        return True

    def scrub(self, error: Exception) -> Exception:
        """The same exception, its causes included, without secrets; another one where they cannot be taken out."""
        for one in _chain(error):
            one.args = tuple(self._said(arg) for arg in one.args)
            for name, value in vars(one).items():
                if isinstance(value, (str, bytes)):
                    setattr(one, name, self._said(value))
        text = "".join(traceback.format_exception(error))
        if self.clean(text) == text:
            return error
        last = traceback.extract_tb(error.__traceback__)[-1:]
        return SyfteError(
            f"Something happened that was not foreseen ({type(error).__name__}).",
            where=", ".join(f"{frame.filename}:{frame.lineno}" for frame in last),
            do="Report it. What it said held a secret, and is not shown.",
        )

    def _said(self, value: object) -> object:
        shown = value if isinstance(value, str) else repr(value)
        cleaned = self.clean(shown)
        return value if cleaned == shown else cleaned


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, those it came from, and those it is a group of."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", one).exceptions


REDACTION = Redaction()
"""The one of this process: secrets are learned where settings are read, and masked wherever something is said."""


@contextmanager
def no_secret_leaves() -> Generator[None]:
    """Take the secrets out of any exception that passes: for where others write exceptions down."""
    try:
        yield
    except Exception as error:
        found = REDACTION.scrub(error)
        if found is error:
            raise
        raise found from None


class _Masked:
    """A stream that masks what is written to it, and is the stream beneath in all else."""

    def __init__(self, beneath: TextIO, clean: Callable[[str], str]) -> None:
        self._beneath = beneath
        self._clean = clean

    def write(self, text: str) -> int:
        self._beneath.write(self._clean(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._beneath, name)


def install(secrets: Iterable[str] = ()) -> None:
    """Mask secrets in every log record and in all that is printed; quieten the HTTP libraries. Safe to call often."""
    REDACTION.learn(secrets)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, clean in (("stderr", REDACTION.clean), ("stdout", REDACTION.values)):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, _Masked):
            setattr(sys, name, _Masked(stream, clean))
    made = logging.Logger.makeRecord
    if getattr(made, "redacts", False):
        return

    def make_clean(self: logging.Logger, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(self, *args, **kwargs)
        REDACTION.filter(record)
        return record

    make_clean.redacts = True  # type: ignore[attr-defined]  # a mark on a function, of which types know nothing
    # not the factory of records: what a caller adds (`extra`) is added after it
    logging.Logger.makeRecord = make_clean  # pyright: ignore[reportAttributeAccessIssue]
