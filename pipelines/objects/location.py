"""Where an object store is: an address without credentials, and the options that open it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORM = re.compile(r"[a-z][a-z0-9+.-]*://[^\s@?#*\[\]]+")
_PUBLIC = frozenset({"anon", "endpoint_url", "region_name", "use_ssl", "signature_version", "addressing_style"})
_LOOPBACK = re.compile(r"http://(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?:/.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Location:
    """An address, and what opens it.

    Args:
        url: such as `s3://bucket/prefix`; holds no credentials, so that it may be shown.
        options: for fsspec's filesystem; hold credentials, and are in no text of ours.
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


def checked_url(text: str) -> str:
    """An address of a folder of objects, without a slash at its end.

    Raises:
        ValueError: in words that hold nothing of it.
    """
    if not _FORM.fullmatch(text):
        raise ValueError(
            "must be a plain address such as s3://bucket/folder, without user, password, query, spaces and * [ ]"
        )
    return text.rstrip("/")


def read_options(text: str) -> dict[str, Any]:
    """Options as JSON has them.

    Raises:
        ValueError: in words that hold nothing of them.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(  # noqa: TRY004  # as pydantic wants it
            'must be JSON, such as {"key": "...", "secret": "..."}'
        )
    options = cast("dict[str, Any]", found)
    for name, value in _leaves(options):
        if name == "endpoint_url" and not (value.startswith("https://") or _LOOPBACK.fullmatch(value)):
            raise ValueError("must have an endpoint_url that begins with https:// (http:// for this machine alone)")
    return options


def secrets_of(options: Mapping[str, Any]) -> Iterator[str]:
    """Every text in options that is not known to be harmless."""
    yield from (value for name, value in _leaves(options) if name not in _PUBLIC)


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in cast("dict[str, Any]", value).items():
            yield from _leaves(one, key)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _leaves(one, name)
    elif isinstance(value, str):
        yield name, value
