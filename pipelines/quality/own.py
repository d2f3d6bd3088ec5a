"""The institution's own expectations: `expectations/*.yaml` of the project directory, a table's each (docs/quality.md).

They are as strict as goals.yaml, and can do no more than ours: of a table's rows only yes or no comes out of a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from pipelines.errors import ConfigurationError
from pipelines.goals import joined
from pipelines.goals.document import Problem, read_document
from pipelines.goals.fields import Many, OneOrMany, Strict, Words
from pipelines.goals.messages import problems_of
from pipelines.quality.expectations import (
    Expectation,
    Severity,
    Suite,
    holds,
    never_null,
    none_found,
    not_above,
    rows,
    unique,
)
from pipelines.quality.queries import SCHEMAS, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.goals.document import Document

PAGE = "docs/quality.md"

Column = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,63}$")]


def _table(name: str) -> str:
    schema, _, table = name.partition(".")
    if schema not in SCHEMAS or not table.replace("_", "").isalnum() or not table.islower() or not table.isascii():
        raise PydanticCustomError(
            "table",
            "`{name}` is no table of the warehouse.",
            {"name": name, "do": "Write stage.name as in docs/published.md or docs/tables.md: published.tips_daily."},
        )
    return name


def _condition(text: str) -> str:
    return _allowed(text, f"select 1 from checked where ({text}\n) is not true")


def _query(text: str) -> str:
    return _allowed(text, text)


def _allowed(text: str, query: str) -> str:
    reason = refusal(query)
    if reason is not None:
        raise PydanticCustomError(
            "query",
            "The SQL may not be run: {reason}.",
            {
                "reason": reason,
                "do": "Use one condition or select over the warehouse's tables; the suite's own table is `checked`.",
            },
        )
    return text


class Between(Strict):
    """A column's numbers lie in a range, both ends included."""

    column: Column
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Between:
        if self.low is None and self.high is None:
            raise PydanticCustomError("ends", "The range has no end.", {"do": "Give `low`, `high`, or both."})
        return self


class OneOf(Strict):
    """A column's words are known ones."""

    column: Column
    values: Many[str | int] = Field(min_length=1)


class NotAbove(Strict):
    """One column is never above another."""

    lower: Column
    upper: Column


class Rows(Strict):
    """How many rows the table has."""

    at_least: int = Field(ge=0)
    at_most: int | None = Field(default=None, ge=0)


class OwnExpectation(Strict):
    """One thing that the institution expects; exactly one of the keys from `never_null` on says how it is tested."""

    says: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
    severity: Severity
    why: Words
    never_null: Column | None = None
    unique: OneOrMany[Column] | None = None
    between: Between | None = None
    one_of: OneOf | None = None
    not_above: NotAbove | None = None
    rows: Rows | None = None
    condition: Annotated[str, AfterValidator(_condition)] | None = None
    none_found: Annotated[str, AfterValidator(_query)] | None = None

    @model_validator(mode="after")
    def _has_one_test(self) -> OwnExpectation:
        given = [name for name in TESTS if getattr(self, name) is not None]
        if len(given) != 1:
            found = f"has {len(given)} tests: {', '.join(given)}" if given else "has no test"
            raise PydanticCustomError(
                "tests", "The expectation {found}.", {"found": found, "do": f"Give exactly one of: {', '.join(TESTS)}."}
            )
        return self

    def expectation(self) -> Expectation:
        """The same as ours are written."""
        made = self._test()
        return Expectation(
            says=self.says, test=made.test, arguments=made.arguments, severity=self.severity, why=self.why
        )

    def _test(self) -> Expectation:  # noqa: PLR0911  # one return per kind of test
        if self.never_null:
            return never_null(self.never_null)
        if self.unique:
            return unique(*self.unique)
        if self.between:
            ends = {"column": self.between.column, "min_value": self.between.low, "max_value": self.between.high}
            given = {name: value for name, value in ends.items() if value is not None}
            return Expectation(says=self.says, test="ExpectColumnValuesToBeBetween", arguments=given)
        if self.one_of:
            arguments = {"column": self.one_of.column, "value_set": list(self.one_of.values)}
            return Expectation(says=self.says, test="ExpectColumnValuesToBeInSet", arguments=arguments)
        if self.not_above:
            return not_above(self.not_above.lower, self.not_above.upper)
        if self.rows:
            return rows(self.rows.at_least, self.rows.at_most)
        if self.condition:
            return holds(self.says, f"{self.condition}\n")
        return none_found(self.says, f"{self.none_found}\n")


TESTS = tuple(name for name in OwnExpectation.model_fields if name not in ("says", "severity", "why"))


class OwnSuite(Strict):
    """One file of `expectations/`."""

    table: Annotated[str, AfterValidator(_table)]
    expectations: Many[OwnExpectation] = Field(min_length=1)


def own_suites(folder: Path) -> tuple[Suite, ...]:
    """The institution's own suites, by file; empty where there is no such folder.

    Raises:
        ConfigurationError: everything that is wrong, each with file, line and what to do.
    """
    found, problems = _read(folder)
    if problems:
        raise joined(folder, problems)
    by_table: dict[str, list[Expectation]] = {}
    for suite in found:
        by_table.setdefault(suite.table, []).extend(one.expectation() for one in suite.expectations)
    return tuple(Suite(kind="own", table=table, expectations=tuple(one)) for table, one in by_table.items())


def find_own_problems(folder: Path) -> list[ConfigurationError]:
    """All that is wrong in a project's own expectations, file by file."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[list[OwnSuite], list[ConfigurationError]]:
    suites: list[OwnSuite] = []
    problems: list[ConfigurationError] = []
    said: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = read_document(path, begin=f"See {PAGE} for an example.")
        except ConfigurationError as error:
            problems.append(error)
            continue
        suite, wrong = _validate(document, said)
        if suite is not None:
            suites.append(suite)
        problems += [document.error(one) for one in sorted(wrong, key=lambda one: document.line(one.loc))]
    return suites, problems


def _validate(document: Document, said: dict[tuple[str, str], str]) -> tuple[OwnSuite | None, list[Problem]]:
    """Read one file; `said` is what the files before it said, and grows."""
    from pipelines.quality.suites import SUITES  # noqa: PLC0415  # only where there are own ones

    problems = [*document.problems]
    try:
        suite = OwnSuite.model_validate(document.data)
    except ValidationError as error:
        return None, [*problems, *problems_of(error.errors(include_url=False), document, model=OwnSuite, page=PAGE)]
    ours = {(one.table, e.says): "Syfte's own suites" for one in SUITES for e in one.expectations}
    for place, one in enumerate(suite.expectations):
        loc = ("expectations", place, "says")
        before = ours.get((suite.table, one.says)) or said.get((suite.table, one.says))
        if before is not None:
            what = f"`{one.says}` is said of {suite.table} already, in {before}."
            problems.append(Problem(loc, what, "Results are told apart by their sentence: say it in other words."))
        said.setdefault((suite.table, one.says), document.where(loc))
    return suite, problems
