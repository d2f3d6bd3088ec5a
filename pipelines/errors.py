"""Every error an operator sees: what happened, where, and what to do.

    SyfteError                      1   something we did not foresee
    ├── UsageError                  2   the command line asks for something that is not there
    ├── StorageError                3   a file of ours is damaged, missing or cannot be written
    ├── ConfigurationError          4   goals.yaml, .env or a setting is wrong
    ├── CredentialError             5   a token is missing, refused or expired
    ├── SourceError                 6   a platform, PostgreSQL or Spark is unreachable or answers wrongly
    ├── DeferredError               7   a platform's quota is used up; come back later
    ├── InputError                  8   a file to import is missing or not recognised
    ├── QuarantineError             9   every row of the input was refused; they are kept aside
    ├── CheckError                 10   a model or an expectation does not hold; readers keep the last good state
    ├── BusyError                  11   another process writes the warehouse
    └── ReportError                12   the report could not be made; what was published stands

The number is the exit code of `syfte`; 0 is success and 130 an interruption by the user. docs/errors.md says the same.
"""

from __future__ import annotations


class SyfteError(Exception):
    """An error with its three parts: what happened, where, and what to do about it."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, do: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.do:
            lines.append(f"  do:    {self.do}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the three parts when Dagster carries the error between processes."""
        return (_rebuild, (type(self), self.what, self.where, self.do))


def _rebuild(kind: type[SyfteError], what: str, where: str | None, do: str | None) -> SyfteError:
    return kind(what, where=where, do=do)


class UsageError(SyfteError):
    """The command line asks for something that is not there."""

    exit_code = 2


class StorageError(SyfteError):
    """A file of ours is damaged, missing or cannot be written."""

    exit_code = 3


healed: list[StorageError] = []
"""What was damaged and is healed, or kept aside, in this process: whatever it was asked to do, it ends with these."""


class ConfigurationError(SyfteError):
    """goals.yaml, .env or a setting is wrong."""

    exit_code = 4


class CredentialError(SyfteError):
    """A token is missing, refused, expired or lacks a permission. Never retried."""

    exit_code = 5


class SourceError(SyfteError):
    """A platform is unreachable, or answers in a way we cannot read."""

    exit_code = 6


class DeferredError(SyfteError):
    """A platform's quota is used up: the pull is put off, not slept through.

    Args:
        seconds: how long the server asked us to stay away.
    """

    exit_code = 7

    def __init__(self, what: str, *, seconds: float, where: str | None = None, do: str | None = None) -> None:
        super().__init__(what, where=where, do=do)
        self.seconds = seconds

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_deferred, (self.what, self.seconds, self.where, self.do))


def _rebuild_deferred(what: str, seconds: float, where: str | None, do: str | None) -> DeferredError:
    return DeferredError(what, seconds=seconds, where=where, do=do)


class InputError(SyfteError):
    """A file to import is missing, unreadable or not recognised."""

    exit_code = 8


class QuarantineError(SyfteError):
    """Every row of an input was refused. The rows are kept aside with their reasons; nothing else was stored."""

    exit_code = 9


class CheckError(SyfteError):
    """A model broke its promise, or an expectation does not hold; nothing was published, the last good state stands."""

    exit_code = 10


class BusyError(SyfteError):
    """Another process writes the warehouse."""

    exit_code = 11


class ReportError(SyfteError):
    """The report, or its print, could not be made. What was published stands, and so does the last report."""

    exit_code = 12
