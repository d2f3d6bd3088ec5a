"""`Stream.read` and what is kept of an object that it refuses. The first byte of an input says which allow-list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from pipelines.sources import verbatim
from pipelines.sources.registry import api_streams
from pipelines.sources.setting_aside import LONGEST_CONTENT, allowed_part, fields_of, root_of
from pipelines.sources.tip_labels import CHOICES
from tests.chaos.poison import fields as leaves
from tests.chaos.poison import poisoned, poisons, root, sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import inspect

    from pipelines.sources.setting_aside import Kinds
    from pipelines.sources.stream import Rejected, Stream

STREAMS = api_streams()
WORDS = tuple(
    {f'"{name}":'.encode(): None for s in STREAMS for name in fields_of((root_of(s.record),))}
    | dict.fromkeys(
        (b"null", b"NaN", b"1e400", rb'"\ud83d"', rb'"\u0000"', b"{}", b"[]", b"[[[[", b'"":', b"-1", b"1.5")
    )
)


def corpus() -> Iterator[bytes]:
    """A sound object of each allow-list, and one with a poison."""
    for place, stream in enumerate(STREAMS):
        value = sound(root(stream.record))
        yield bytes([place]) + json.dumps(value).encode()
        for at, kinds in list(leaves(stream))[:1]:
            poison = next((one for one in poisons(kinds).values() if len(one) < 100), b"NaN")
            yield bytes([place]) + poisoned(value, at, poison)


def check(data: bytes) -> None:
    """An object is kept or set aside, never both or neither; only allowed fields of it remain, each as it was sent."""
    stream, raw = STREAMS[(data[:1] or b"\0")[0] % len(STREAMS)], data[1:]
    kept, rejected = stream.read([raw])
    assert len(kept) + len(rejected) == 1, "an object vanished, or stands twice"
    other = json.dumps(sound(root(stream.record)), separators=(",", ":")).encode()
    among = stream.read([other, raw, other])
    assert among[0][1:-1] == kept and len(among[1]) == len(rejected), "on a page it is taken for something else"
    for row in kept:
        _check_kept(stream, row, raw)
    for one in rejected:
        _check_aside(stream, one)


def _check_kept(stream: Stream, row: bytes, raw: bytes) -> None:
    found = strict(row)
    assert_allowed(found, (root_of(stream.record),))
    if stream.table == "raw.tips__tips":  # a tip counts whatever its labels say: another word is `other`, or nothing
        assert all(found.get(name) in {None, *words} for name, words in CHOICES.items())
    else:
        assert_said(found, verbatim.read(raw))
        assert stream.read([row]) == ([row], []), "a row that is kept is not kept again"


def _check_aside(stream: Stream, one: Rejected) -> None:
    assert one.reason and one.line == 1
    if stream.sensitive:
        assert one.content is None and not one.is_replayable
    if one.content is None:
        assert not one.is_replayable
        return
    assert one.content.isascii() and len(one.content) <= LONGEST_CONTENT
    try:
        part = verbatim.read(one.content.encode())
    except ValueError:
        assert not one.is_replayable, "what shall be read again is no JSON"
        return
    assert_allowed(part, (root_of(stream.record),))
    if one.is_replayable:
        assert allowed_part(stream.record, one.content.encode()) == (one.content, True), "the part of a part differs"


def strict(row: bytes) -> Any:
    """JSON as the standard has it: no NaN, no half characters."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    text = row.decode()
    found = json.loads(text, parse_constant=refuse)
    json.dumps(found, ensure_ascii=False).encode()
    return found


def assert_allowed(value: Any, kinds: Kinds) -> None:
    """No object at any depth holds a field that its place does not have."""
    if isinstance(value, list):
        items = [inner for kind in kinds for inner in _inner(kind, "item_type")]
        assert items or not any(isinstance(one, (dict, list)) for one in value), "a list that is not allowed"
        for one in value:
            assert_allowed(one, tuple(items))
    elif isinstance(value, dict):
        names = fields_of(kinds)
        values = tuple(inner for kind in kinds for inner in _inner(kind, "value_type"))
        for name, inner in value.items():
            assert name in names or values, f"{name} is not allowed"
            assert_allowed(inner, names.get(name, values))


def _inner(kind: inspect.Type, of: str) -> Kinds:
    from pipelines.sources.setting_aside import alternatives

    held = getattr(kind, of, None)
    return alternatives(held) if held is not None else ()


def assert_said(found: Any, given: Any) -> None:
    """What was kept is what was sent: no text became a number, no number a text or another number."""
    if isinstance(found, dict):
        assert isinstance(given, dict), "an object of something else"
        for name, value in found.items():
            assert name in given, f"{name} was not sent"
            assert_said(value, given[name])
    elif isinstance(found, list):
        assert isinstance(given, list) and len(found) == len(given), "a list of something else"
        for one, sent in zip(found, given, strict=True):
            assert_said(one, sent)
    elif isinstance(found, (int, float)) and not isinstance(found, bool):
        assert isinstance(given, verbatim.Literal), "a number of something else"
        number = float(given) if isinstance(found, float) else msgspec.json.decode(given.encode())
        assert found == number, f"{found} of {given}"
    else:
        assert type(found) is type(given) and found == given, f"{type(found)} of {type(given)}"
