"""What a validator found, in words for the person who edits the file."""

from __future__ import annotations

import re
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import BaseModel

from pipelines.goals.document import Document, Loc, Problem
from pipelines.goals.kpis import KINDS
from pipelines.goals.models import Goals
from pipelines.goals.rules import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

_WANTED: dict[str, tuple[str, str]] = {
    "string_type": ("text", "Put it in quotes."),
    "int_type": ("a whole number", "Write it as a number without quotes."),
    "int_from_float": ("a whole number", "Write it without decimals."),
    "float_type": ("a number", "Write it as a number without quotes, with a decimal point."),
    "finite_number": ("a finite number", "Write the number out."),
    "bool_type": ("true or false", "Write true or false, without quotes."),
    "date_type": ("a day", "Write it as 2025-01-31, without quotes and without a time."),
    "datetime_type": ("a day or an instant", "Write it as 2025-01-31, or as 2025-01-31T12:00:00Z."),
    "tuple_type": ("a list", "Write it in square brackets: [a, b]."),
    "dict_type": ("keys and values", "Write it in braces: {key: value}."),
    "model_type": ("keys and values", "Write it in braces: {key: value}, or as indented lines."),
    "model_attributes_type": ("keys and values", "Write it in braces: {key: value}, or as indented lines."),
}

_MISSING: dict[str, str] = {
    "purpose": "Say what the goal is for, `purpose: {sv: …, en: …}`; a presence without a purpose cannot be judged.",
    "target_group": "Say whom it is for, `target_group: {sv: …, en: …}`.",
    "motive": "Say why the institution does it, `motive: {sv: …, en: …}`.",
    "user_benefit": "Say what people gain, `user_benefit: {sv: …, en: …}`.",
    "label": "Say what it is called, `label: {sv: …, en: …}`.",
    "sv": "Every text is needed in Swedish too: `sv: …`.",
    "en": "Every text is needed in English too: `en: …`.",
    "op": 'Say in which direction: `op: ">="` (more is better) or `op: "<="` (less is better).',
}


def problems_of(
    errors: Iterable[ErrorDetails],
    document: Document,
    *,
    model: type[BaseModel] = Goals,
    page: str = "docs/goals.md",
) -> list[Problem]:
    """Translate a validator's errors; one problem per place and message, in the file's order.

    Args:
        errors: of the validator.
        document: the file.
        model: what the file should be.
        page: where its keys are described.
    """
    found: dict[tuple[Loc, str], Problem] = {}
    for error in errors:
        if error["type"] == "too_short" and len(error["input"]) >= error.get("ctx", {}).get("min_length", 1):
            continue  # enough was given; the wrong items are told by themselves
        problem = _translate(error, document, model, page)
        found.setdefault((problem.loc, problem.what), problem)
    return list(found.values())


def _translate(  # noqa: PLR0911  # one return per kind of error
    error: ErrorDetails, document: Document, model: type[BaseModel], page: str
) -> Problem:
    loc: Loc = tuple(error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    known = document.known(loc)
    name = loc[-1] if loc else ""
    if "do" in context:
        return Problem(known, error["msg"], str(context["do"]))
    if kind == "extra_forbidden":
        return Problem(known, f"`{name}` is not a key that is known here.", suggestion(name, _keys_at(loc, model)))
    if kind == "missing":
        return _missing(known, name, error["input"], page)
    if kind in ("literal_error", "union_tag_invalid"):
        return _not_one_of(known, error, context)
    if kind == "union_tag_not_found":
        return Problem(
            known, "The KPI has no `kind`.", f"Add `kind:` with one of: {', '.join(f'`{k}`' for k in KINDS)}."
        )
    if kind in ("datetime_type", "date_type", "date_from_datetime_inexact") and len(loc) > len(known):
        # One of two types that would do; the union reports each.
        return Problem(known, f"`{known[-1]}` must be a day or an instant.", _WANTED["datetime_type"][1])
    if kind in _WANTED:
        wanted, do = _WANTED[kind]
        return Problem(known, f"{_named(known)} must be {wanted}, not {_kind_of(error['input'])}.", do)
    return _other(known, error, page)


def _other(known: Loc, error: ErrorDetails, page: str) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "too_short":
        return Problem(known, f"{_named(known)} has too few items.", f"Give at least {context.get('min_length', 1)}.")
    if kind == "string_pattern_mismatch" and context.get("pattern") == r"\S":
        return Problem(known, f"{_named(known)} is empty.", "Write something, or remove the key if it is optional.")
    if kind == "string_pattern_mismatch" and "\\x00" in str(context.get("pattern")):
        return Problem(known, f"{_named(known)} is {error['input']!r}, which is no line of text.", "Write one line.")
    if kind == "string_pattern_mismatch":
        return Problem(
            known,
            f"{_named(known)} is {error['input']!r}, which cannot be an id.",
            "Begin with a letter, then letters a to z, digits, _ or -.",
        )
    return Problem(
        known, f"{_named(known)}: {_plain(error['msg'])}.", f"Correct the value; {page} says what each key takes."
    )


def _missing(known: Loc, name: str | int, given: object, page: str) -> Problem:
    if isinstance(name, int):
        return Problem(
            known, f"`{known[-1]}` needs two days, the first and the last.", "Write [2025-01-01, 2025-12-31]."
        )
    owner = cast("dict[str, object]", given).get("id") if isinstance(given, dict) else None
    inside = f"`{owner}`" if owner is not None else _named(known) if known else "the file"
    return Problem(
        known,
        f"`{name}` is missing in {inside}.",
        _MISSING.get(name, f"Add `{name}: …`; {page} says what it means."),
    )


def _not_one_of(known: Loc, error: ErrorDetails, context: dict[str, Any]) -> Problem:
    expected = str(context.get("expected") or context.get("expected_tags", ""))
    choices = re.findall(r"'([^']*)'", expected)
    if error["type"] == "union_tag_invalid":
        known, given = (*known, "kind"), context.get("tag")
    else:
        given = error["input"]
    return Problem(known, f"{_named(known)} cannot be `{given}`.", suggestion(given, choices))


def _named(loc: Loc) -> str:
    names = [part for part in loc if isinstance(part, str)]
    if not names:
        return "The file"
    if isinstance(loc[-1], int):
        return f"Item {loc[-1] + 1} of `{names[-1]}`"
    return f"`{names[-1]}`"


def _kind_of(value: object) -> str:  # noqa: PLR0911  # one return per type
    match value:
        case None:
            return "empty"
        case bool():
            return f"{str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case dict():
            return "keys and values"
        case _:
            return f"`{value}`"


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")


def _keys_at(loc: Loc, model: type[BaseModel]) -> list[str]:
    """The keys a mapping may have, for the way to a key that it may not."""
    here: Any = model
    for part in loc[:-1]:
        here = _step(_bare(here), part)
    here = _bare(here)
    if isinstance(here, type) and issubclass(here, BaseModel):
        return list(here.model_fields)
    return []


def _step(here: Any, part: str | int) -> Any:  # noqa: ANN401  # type expressions have no narrower type
    if isinstance(here, type) and issubclass(here, BaseModel):
        field = here.model_fields.get(str(part))
        return field.annotation if field else None
    if typing.get_origin(here) is tuple:
        return typing.get_args(here)[0]
    if isinstance(part, str) and part in KINDS and typing.get_origin(here) in (typing.Union, types.UnionType):
        return KINDS[part]
    return None


def _bare(here: Any) -> Any:  # noqa: ANN401  # type expressions have no narrower type
    """A type without its annotations and without its `| None`."""
    if typing.get_origin(here) is Annotated:
        return _bare(typing.get_args(here)[0])
    if typing.get_origin(here) in (typing.Union, types.UnionType):
        members = [member for member in typing.get_args(here) if member is not type(None)]
        return _bare(members[0]) if len(members) == 1 else here
    return here
