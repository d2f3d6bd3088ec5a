"""How an expectation is written down: small values, so that listing the suites imports no Great Expectations."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["warn", "error"]
"""`error`: do not publish. `warn`: publish, and say it."""

Kind = Literal[
    "volumes", "freshness", "ranges", "drift", "reconciliation", "totals", "integrity", "completeness", "own"
]
"""What a suite looks at; `own` are those of a project's `expectations/`."""

KINDS: tuple[Kind, ...] = get_args(Kind)

_TABLE = re.compile(r"\b(?:raw|config|seeds|staging|marts|kpi|published|ops)\.[a-z_][a-z0-9_]*\b")


NONE_FOUND = "NoneFound"
"""The one test of our own (quality/none_found.py)."""

_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)")


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One thing that should hold for a table.

    Args:
        says: the expectation as a sentence; unique among those of its table.
        test: the class in `great_expectations.expectations` that tests it, or `NONE_FOUND`.
        arguments: of that class.
        severity: what follows if it does not hold.
        why: what it means if it does not hold, or where a threshold comes from.
    """

    says: str
    test: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    severity: Severity = "error"
    why: str = ""

    @property
    def slug(self) -> str:
        """The sentence as an identifier, for Dagster's check names."""
        plain = unicodedata.normalize("NFKD", self.says).encode("ascii", "ignore").decode()
        return re.sub(r"\W+", "_", plain).strip("_").lower() or "expectation"

    def warns(self, why: str) -> Expectation:
        """The same, as a warning, with the reason."""
        return replace(self, severity="warn", why=why)

    def because(self, why: str) -> Expectation:
        """The same, with what it means if it does not hold."""
        return replace(self, why=why)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """What is expected of one table, of one kind.

    Args:
        kind: what it looks at.
        table: `schema.name`. A table that does not exist has nothing to be checked.
        expectations: in the order of the report.
    """

    kind: Kind
    table: str
    expectations: tuple[Expectation, ...]

    @property
    def name(self) -> str:
        """The suite's own name: no other has the same kind and table."""
        return f"{self.kind} {self.table}"

    @property
    def queries(self) -> tuple[str, ...]:
        """The SQL of those expectations that have their own."""
        found = (e.arguments.get("unexpected_rows_query") for e in self.expectations)
        return tuple(query for query in found if isinstance(query, str))

    @property
    def reads(self) -> tuple[str, ...]:
        """Every table it looks at, its own first."""
        others = {table for query in self.queries for table in _TABLE.findall(query)} - {self.table}
        return (self.table, *sorted(others))

    @property
    def looks_at_clock(self) -> bool:
        """Whether it may hold now and not in an hour, with nothing else changed."""
        return any("as_of" in query for query in self.queries)


def never_null(column: str) -> Expectation:
    """No row without this."""
    return Expectation(
        says=f"{column} is never null",
        test="ExpectColumnValuesToNotBeNull",
        arguments={"column": column},
        why="A row without it belongs to nothing, and is counted nowhere or in the wrong place.",
    )


def unique(*columns: str) -> Expectation:
    """No two rows with the same values here; a row that lacks one of them is another matter."""
    says = f"{', '.join(columns)} {'is' if len(columns) == 1 else 'are'} unique"
    why = "What stands twice is counted twice."
    if len(columns) == 1:
        return Expectation(says=says, test="ExpectColumnValuesToBeUnique", arguments={"column": columns[0]}, why=why)
    # a hash finds the few rows that may stand twice; the library's own test joins a large table with itself
    listed = ", ".join(f'"{column}"' for column in columns)
    complete = " and ".join(f'"{column}" is not null' for column in columns)
    query = f"""
        select 1 from checked
        where {complete}
            and hash({listed}) in (select hash({listed}) from checked group by hash({listed}) having count(*) > 1)
        group by {listed} having count(*) > 1
    """
    return none_found(says, query).because(why)


def at_least(column: str, low: float) -> Expectation:
    """No number below; null is another matter."""
    arguments = {"column": column, "min_value": low}
    return Expectation(
        says=f"{column} is at least {low:g}",
        test="ExpectColumnValuesToBeBetween",
        arguments=arguments,
        why="A smaller figure cannot be: it was computed or read wrongly.",
    )


def between(column: str, low: float, high: float) -> Expectation:
    """No number outside, both ends included; null is another matter."""
    arguments = {"column": column, "min_value": low, "max_value": high}
    says = f"{column} is between {low:g} and {high:g}"
    why = "A figure outside cannot be: it was computed or read wrongly."
    return Expectation(says=says, test="ExpectColumnValuesToBeBetween", arguments=arguments, why=why)


def one_of(column: str, *values: str) -> Expectation:
    """No word but these; null is another matter."""
    arguments = {"column": column, "value_set": list(values)}
    return Expectation(
        says=f"{column} is a known word",
        test="ExpectColumnValuesToBeInSet",
        arguments=arguments,
        why="Whoever reads the table asks for the words that are documented, and would miss this row.",
    )


def not_above(lower: str, upper: str) -> Expectation:
    """One column never above another, where both are known."""
    arguments = {"column_A": upper, "column_B": lower, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    says = f"{lower} is not above {upper}"
    why = "The two have changed places, or one of them was computed from something else."
    return Expectation(says=says, test="ExpectColumnPairValuesAToBeGreaterThanB", arguments=arguments, why=why)


def not_empty() -> Expectation:
    """At least one row."""
    return rows(1)


def rows(low: int, high: int | None = None) -> Expectation:
    """At least so many rows, and not more than that."""
    says = "there are rows" if (low, high) == (1, None) else f"there are at least {low} rows"
    says = says if high is None else f"there are {low} to {high} rows"
    arguments = {"min_value": low} if high is None else {"min_value": low, "max_value": high}
    why = "An empty table looks to readers as if there were nothing to tell."
    return Expectation(says=says, test="ExpectTableRowCountToBeBetween", arguments=arguments, why=why)


def holds(says: str, condition: str) -> Expectation:
    """A condition of our own, in SQL over the table's columns; null does not count as true."""
    return none_found(says, f"select 1 from checked where ({condition}) is not true")


def none_found(says: str, query: str) -> Expectation:
    """A query that should find nothing.

    Of what it finds, a constant leaves the database and nothing else: a row's content stays where it is.

    Args:
        says: what holds if it finds nothing.
        query: names the suite's table `checked`.
    """
    # the library puts `(select ...) as subselect` for {batch}, which takes no name of ours; it reads other braces as
    # places to fill too, and SQLAlchemy takes `:word` for a parameter
    kept = _PARAMETER.sub(r"\\:", query.replace("{", "{{").replace("}", "}}"))
    whole = f"with checked as (select * from {{batch}}), found as ({kept}) select 1 as broken from found limit 1"
    return Expectation(says=says, test=NONE_FOUND, arguments={"unexpected_rows_query": whole})
