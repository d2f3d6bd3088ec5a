"""The small parts goals models are made of: texts in two languages, ids, spans of days, regular expressions, zones."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Strict(BaseModel):
    """Base of every part of the file: no unknown key, no coercion, no change after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A YAML list, kept as a tuple."""

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""Ids become parts of table and file names."""


class Text(Strict):
    """A text in the institution's languages."""

    sv: Words
    en: Words

    @model_validator(mode="before")
    @classmethod
    def _keep_commas(cls, given: Any) -> Any:  # noqa: ANN401  # before validation it may be anything
        """Put back together what YAML cuts at a comma.

        `{sv: Allmänheten, särskilt unga, en: Public}` is to YAML a key `särskilt unga` without a value; to the person
        who wrote it, and to us, it is the rest of the sentence.
        """
        if not isinstance(given, dict):
            return given
        whole: dict[Any, Any] = {}
        last: Any = None
        for key, value in cast("dict[Any, Any]", given).items():
            if value is None and key not in cls.model_fields and isinstance(whole.get(last), str):
                whole[last] = f"{whole[last]}, {key}"
            else:
                whole[key] = value
                last = key
        return whole


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, such as `Europe`
        close = get_close_matches(name, sorted(available_timezones()), n=1, cutoff=0.5)
        raise PydanticCustomError(
            "time_zone",
            "`{name}` is not a time zone.",
            {
                "name": name,
                "do": f"Did you mean `{close[0]}`?"
                if close
                else "Use a name of the IANA list, such as `Europe/Stockholm`.",
            },
        ) from None
    return name


def _pattern(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        raise PydanticCustomError(
            "pattern",
            "The regular expression holds a control character; in double quotes YAML reads `\\b` as a backspace.",
            {"do": "Write the expression between single quotes: '\\bord\\b'."},
        )
    try:
        compiled = re.compile(text, re.IGNORECASE)
    except re.error as error:
        place = "" if error.pos is None else f" (character {error.pos + 1} of the expression)"
        raise PydanticCustomError(
            "pattern",
            "The regular expression is not valid: {reason}{place}.",
            {
                "reason": error.msg,
                "place": place,
                "do": "Correct it; to match a special character itself, put \\ before it.",
            },
        ) from None
    if compiled.search("") is not None:
        raise PydanticCustomError(
            "pattern",
            "The regular expression matches the empty text, and so every post.",
            {"do": "Remove the empty alternative (`a||b`, `a|`), `*` or `?` that lets it match nothing."},
        )
    return text


def _with_group(text: str) -> str:
    if not re.compile(_pattern(text)).groups:
        raise PydanticCustomError(
            "pattern",
            "The link's regular expression has no group that holds the reference code.",
            {"do": "Put the code in a group named ref: 'https://example\\.org/t/(?P<ref>[0-9a-z]+)'."},
        )
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""Python's `re`, searched in the post's text, case ignored."""

LinkPattern = Annotated[str, Field(min_length=1), AfterValidator(_with_group)]


def _hashtag(text: str) -> str:
    tag = unicodedata.normalize("NFC", text).removeprefix("#")
    if not re.fullmatch(r"\w+", tag) or tag.isdigit():
        raise PydanticCustomError(
            "hashtag",
            "`{text}` is not a hashtag.",
            {"text": text, "do": "Write its letters, digits and underscores, with or without #: 'trygghetstips'."},
        )
    return tag


Hashtag = Annotated[str, AfterValidator(_hashtag)]
"""A whole hashtag, kept without its #; case is ignored."""

TimeZone = Annotated[str, AfterValidator(_time_zone)]

Span = Annotated[tuple[dt.date, dt.date], Field(strict=False)]
"""First and last day, both included."""


def _one_or_many(value: Any) -> Any:  # noqa: ANN401  # before validation it may be anything
    return [value] if isinstance(value, str) else value


OneOrMany = Annotated[tuple[T, ...], Field(strict=False, min_length=1), BeforeValidator(_one_or_many)]
"""A name, or a list of names."""
