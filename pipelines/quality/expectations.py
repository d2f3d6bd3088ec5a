"""How an expectation is written down: small values, so that listing the suites imports no Great Expectations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["warn", "error"]
"""`error`: do not publish. `warn`: publish, and say it."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One thing that should hold for a table.

    Args:
        says: the expectation as a sentence; unique within its suite.
        kind: the class in `great_expectations.expectations` that tests it.
        arguments: of that class.
        severity: what follows if it does not hold.
        why: what it means if it does not hold, or where a threshold comes from.
    """

    says: str
    kind: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    severity: Severity = "error"
    why: str = ""

    @property
    def slug(self) -> str:
        """The sentence as an identifier, for Dagster's check names."""
        return re.sub(r"\W+", "_", self.says).strip("_").lower()

    def warns(self, why: str) -> Expectation:
        """The same, as a warning, with the reason."""
        return replace(self, severity="warn", why=why)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """What is expected of one table.

    Args:
        table: `schema.name`. A table that does not exist has nothing to be checked.
        expectations: in the order of the report.
    """

    table: str
    expectations: tuple[Expectation, ...]


def never_null(column: str) -> Expectation:
    """No row without this."""
    return Expectation(
        says=f"{column} is never null", kind="ExpectColumnValuesToNotBeNull", arguments={"column": column}
    )


def unique(*columns: str) -> Expectation:
    """No two rows with the same values here."""
    says = f"{', '.join(columns)} {'is' if len(columns) == 1 else 'are'} unique"
    if len(columns) == 1:
        return Expectation(says=says, kind="ExpectColumnValuesToBeUnique", arguments={"column": columns[0]})
    return Expectation(says=says, kind="ExpectCompoundColumnsToBeUnique", arguments={"column_list": list(columns)})


def at_least(column: str, low: float) -> Expectation:
    """No number below; null is another matter."""
    arguments = {"column": column, "min_value": low}
    return Expectation(says=f"{column} is at least {low:g}", kind="ExpectColumnValuesToBeBetween", arguments=arguments)


def between(column: str, low: float, high: float) -> Expectation:
    """No number outside, both ends included; null is another matter."""
    arguments = {"column": column, "min_value": low, "max_value": high}
    says = f"{column} is between {low:g} and {high:g}"
    return Expectation(says=says, kind="ExpectColumnValuesToBeBetween", arguments=arguments)


def one_of(column: str, *values: str) -> Expectation:
    """No word but these; null is another matter."""
    arguments = {"column": column, "value_set": list(values)}
    return Expectation(says=f"{column} is a known word", kind="ExpectColumnValuesToBeInSet", arguments=arguments)


def not_above(lower: str, upper: str) -> Expectation:
    """One column never above another, where both are known."""
    arguments = {"column_A": upper, "column_B": lower, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    says = f"{lower} is not above {upper}"
    return Expectation(says=says, kind="ExpectColumnPairValuesAToBeGreaterThanB", arguments=arguments)


def not_empty() -> Expectation:
    """At least one row."""
    return Expectation(says="there are rows", kind="ExpectTableRowCountToBeBetween", arguments={"min_value": 1})


def holds(says: str, condition: str) -> Expectation:
    """A condition of our own, in SQL over the table's columns; null does not count as true."""
    return none_found(says, f"select 1 as broken from checked where ({condition}) is not true")  # noqa: S608  # our words


def none_found(says: str, query: str) -> Expectation:
    """A query that should find nothing.

    Args:
        says: what holds if it finds nothing.
        query: names the suite's table `checked`. It selects a constant: a row's content must not leave the table.
    """
    # the library puts `(select ...) as subselect` for {batch}, which takes no name of ours
    whole = f"with checked as (select * from {{batch}}) {query}"  # noqa: S608  # our own words
    return Expectation(says=says, kind="UnexpectedRowsExpectation", arguments={"unexpected_rows_query": whole})
