"""A YAML file as plain data that remembers on which line each value stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import yaml

from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Loc = tuple["str | int", ...]
"""The way to a value: keys and 0-based list places, from the top of the file."""

_MAX_DEPTH = 50
_MAX_NODES = 20_000
"""A goals file has a few hundred values; a file whose aliases unfold to more than this is broken or an attack."""


@dataclass(frozen=True)
class Problem:
    """Something wrong in the file: where it stands, what it is, what to do."""

    loc: Loc
    what: str
    do: str


@dataclass(frozen=True)
class Document:
    """A file's data and the line of each of its values.

    Args:
        path: the file.
        data: mappings, lists and scalars, as YAML's safe loader makes them.
        lines: way to a value -> 1-based line of its key, or of the item in a list.
        problems: what is wrong with the file before anybody asks what it means, such as a key given twice.
    """

    path: Path
    data: Any
    lines: dict[Loc, int]
    problems: list[Problem] = field(default_factory=list["Problem"])

    def known(self, loc: Loc) -> Loc:
        """The part of a way that exists in the file.

        A validator also names what the file does not hold: a missing key, or the kind of a KPI between the KPI and
        its keys. Those parts are left out.
        """
        found: Loc = ()
        kind_may_come = False
        for part in loc:
            here = self.at(found)
            if kind_may_come and isinstance(here, dict) and cast("dict[object, object]", here).get("kind") == part:
                kind_may_come = False
                continue
            if (*found, part) in self.lines:
                found = (*found, part)
            kind_may_come = isinstance(part, int)
        return found

    def nearest(self, loc: Loc) -> Loc:
        """The way itself, or as far along it as the file goes."""
        while loc not in self.lines:
            loc = loc[:-1]
        return loc

    def line(self, loc: Loc) -> int:
        """The 1-based line where a value stands, or the nearest thing that holds it."""
        return self.lines[self.nearest(loc)]

    def at(self, loc: Loc) -> Any:  # noqa: ANN401  # whatever YAML holds there
        """The value at a place, None where there is none."""
        here: Any = self.data
        for part in loc:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def items(self, *loc: str | int) -> Iterator[tuple[Loc, dict[str, Any]]]:
        """The mappings in the list at a place, each with its way; nothing if there is no such list."""
        found = self.at(loc)
        if isinstance(found, list):
            for place, item in enumerate(cast("list[object]", found)):
                if isinstance(item, dict):
                    yield (*loc, place), cast("dict[str, Any]", item)

    def where(self, loc: Loc) -> str:
        """`file:line (way)`, with ids instead of numbers where things have ids."""
        known = self.nearest(loc)
        said: list[str] = []
        for length, part in enumerate(known, start=1):
            item = self.at(known[:length])
            label = cast("dict[object, object]", item).get("id") if isinstance(item, dict) else None
            said.append(
                str(
                    label
                    if isinstance(part, int) and label is not None
                    else part + 1
                    if isinstance(part, int)
                    else part
                )
            )
        way = f" ({' > '.join(said)})" if said else ""
        return f"{self.path}:{self.lines[known]}{way}"

    def error(self, problem: Problem) -> ConfigurationError:
        """The problem as an error with its three parts."""
        return ConfigurationError(problem.what, where=self.where(problem.loc), do=problem.do)


def read_document(path: Path, *, begin: str = "Run `syfte init DIR` for a complete example to start from.") -> Document:
    """Read a YAML file; of what stands in it as it stood a moment ago the document made then.

    Args:
        path: of the file, UTF-8.
        begin: where the one who wrote nothing, or something else, finds an example.

    Raises:
        ConfigurationError: the file is missing, is not UTF-8, or is not YAML; with the line where it stops being so.
    """
    return _document(path, _text(path), begin)


@lru_cache(maxsize=8)  # a run reads goals.yaml some times, and a purge some ten, each a tenth of a second
def _document(path: Path, text: str, begin: str) -> Document:
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise ConfigurationError("The file is empty.", where=f"{path}:1", do=begin)
        problems = list(_repeated_keys(node))
        refuse_impossible_values(path, node)
        data: object = loader.construct_document(node)  # pyright: ignore[reportUnknownVariableType]
    except yaml.YAMLError as error:
        raise _broken(path, error) from None
    except RecursionError:
        raise _endless(path) from None
    if not isinstance(data, dict):
        raise ConfigurationError(
            "The file must hold keys and values, such as `version: 1`; it holds something else.",
            where=f"{path}:1",
            do=begin,
        )
    lines: dict[Loc, int] = {(): 1}
    for loc, line in _lines(node):
        lines[loc] = line
        if len(lines) > _MAX_NODES or len(loc) > _MAX_DEPTH:
            raise _endless(path)
    return Document(path=path, data=data, lines=lines, problems=problems)


_OTHERWISE = "Write another value, or put it in quotes where it is meant as a text."
_MADE = {
    "tag:yaml.org,2002:timestamp": ("date", "Write it as 2025-01-31, or as 2025-01-31T12:00:00Z."),
    "tag:yaml.org,2002:int": ("number", _OTHERWISE),
    "tag:yaml.org,2002:float": ("number", _OTHERWISE),
    "tag:yaml.org,2002:bool": ("truth value", _OTHERWISE),
}
"""What YAML makes of a text by its looks or its tag, for people, and what to do where it cannot be made."""


def refuse_impossible_values(path: Path, root: yaml.Node) -> None:
    """YAML takes 2025-13-31 for a date and 0x_ for a number by their looks, and Python then cannot make one of them.

    Raises:
        ConfigurationError: the first such value, with its line.
    """
    waiting: list[yaml.Node] = [root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode) and node.tag in _MADE:
            _refuse_impossible(path, node)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(cast("list[yaml.Node]", node.value))
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in cast("list[tuple[yaml.Node, yaml.Node]]", node.value) for part in pair)


def _refuse_impossible(path: Path, node: yaml.ScalarNode) -> None:
    where = f"{path}:{node.start_mark.line + 1}"
    try:
        yaml.SafeLoader("").construct_object(node)  # pyright: ignore[reportUnknownMemberType]
    except (ValueError, LookupError, AttributeError, OverflowError) as error:
        kind, do = _MADE[node.tag]
        why = f": {error}" if kind == "date" and isinstance(error, ValueError) else ""
        raise ConfigurationError(f"`{node.value}` is no {kind}{why}.", where=where, do=do) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            "There is no goals file here.",
            where=str(path),
            do="Run `syfte init DIR` to make a project, or give the project's folder with --project DIR.",
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            "The file is not UTF-8 text.",
            where=f"{path}:{line}",
            do="Save it again with the encoding UTF-8 (å, ä and ö are then safe).",
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"The file cannot be read: {error.strerror}.", where=str(path), do="Check that you may read it."
        ) from None


def _broken(path: Path, error: yaml.YAMLError) -> ConfigurationError:
    line, column = 1, ""
    said = str(error).splitlines()[0]
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        if mark is not None:
            line, column = mark.line + 1, f", column {mark.column + 1}"
    elif isinstance(error, yaml.reader.ReaderError):
        character = error.character if isinstance(error.character, int) else 0
        said = f"the character {character:#06x} is not allowed in YAML"
        text = path.read_bytes().decode("utf-8-sig", "replace")
        line = text[: int(error.position)].count("\n") + 1
    return ConfigurationError(
        f"The file is not valid YAML: {said}{column}.",
        where=f"{path}:{line}",
        do="Look at that line and the one before it: indent with spaces, close every bracket and quote, "
        "and put text that holds `: ` in quotes.",
    )


def _endless(path: Path) -> ConfigurationError:
    return ConfigurationError(
        "The file unfolds to more values than such a file can have.",
        where=f"{path}:1",
        do="Remove aliases (`*name`) that repeat or hold themselves.",
    )


def _repeated_keys(node: yaml.Node) -> Iterator[Problem]:
    """Keys given twice in one mapping; YAML would silently keep the last."""
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, Loc]] = [(node, ())]
    while waiting:
        current, loc = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, yaml.SequenceNode):
            waiting.extend((item, (*loc, place)) for place, item in enumerate(cast("list[yaml.Node]", current.value)))
        if isinstance(current, yaml.MappingNode):
            first: dict[str, int] = {}
            for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", current.value):
                name = str(key.value)
                if name in first and name != "<<":
                    yield Problem(
                        (*loc, name),
                        f"`{name}` is given twice: on line {first[name]} and on line {key.start_mark.line + 1}.",
                        "Keep one of them.",
                    )
                first.setdefault(name, key.start_mark.line + 1)
                waiting.append((value, (*loc, name)))


def _lines(root: yaml.Node) -> Iterator[tuple[Loc, int]]:
    waiting: list[tuple[yaml.Node, Loc]] = [(root, ())]
    while waiting:
        node, loc = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
                yield (*loc, str(key.value)), key.start_mark.line + 1
                waiting.append((value, (*loc, str(key.value))))
        elif isinstance(node, yaml.SequenceNode):
            for place, item in enumerate(cast("list[yaml.Node]", node.value)):
                yield (*loc, place), item.start_mark.line + 1
                waiting.append((item, (*loc, place)))
