"""Keeping tokens out of logs: by value for those we know, by pattern for those we do not."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[secret]"

_PATTERN = re.compile(
    r"(?P<keep>\b(?:access_token|appsecret_proof|client_secret|app_secret|refresh_token|input_token|fb_exchange_token"
    r"|api_key)[\"']?\s*[=:]\s*[\"']?|\bBearer\s+)[^\s\"'&,;)\]}]+",
    re.IGNORECASE,
)

_NOISY = ("httpx", "httpcore", "aiohttp")
"""Their INFO and DEBUG lines print whole addresses and headers."""


class Redaction(logging.Filter):
    """Masks secrets in a record's message, arguments, extras and traceback. Lets every record through."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: set[str] = set()

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these values from now on. Values of under six characters would mask half the log and are left alone."""
        self._secrets.update(secret for secret in secrets if len(secret) >= 6)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return _PATTERN.sub(lambda match: match["keep"] + MASK, text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask in place."""
        message = record.getMessage()
        cleaned = self.clean(message)
        if cleaned != message:
            record.msg, record.args = cleaned, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
        elif record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        for key, value in record.__dict__.items():
            if isinstance(value, str) and key not in ("msg", "exc_text"):
                record.__dict__[key] = self.clean(value)
        return True


REDACTION = Redaction()
"""The one of this process: secrets are learned where settings are read, and masked wherever a record is made."""


def install(secrets: Iterable[str] = ()) -> None:
    """Mask secrets in every log record of the process, and quieten the HTTP libraries. Safe to call often."""
    REDACTION.learn(secrets)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        if REDACTION not in handler.filters:
            handler.addFilter(REDACTION)
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def make_clean(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        REDACTION.filter(record)
        return record

    make_clean.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_clean)
