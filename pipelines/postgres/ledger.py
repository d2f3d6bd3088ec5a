"""The ledger of allowances in a PostgreSQL, for runs on several machines: the rules are `pipelines.budget`'s.

A change takes a lock of the whole ledger for as long as its transaction lasts, some milliseconds; so runs that share
the database can no more pass a limit together than runs that share a file. The clock is the database's: machines whose
clocks differ see the same windows, and what a dead run set aside lapses for all of them at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from pipelines.budget import TABLES, DatabaseLedger
from pipelines.postgres.answers import BUDGET, refused
from pipelines.postgres.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from typing import LiteralString, TypeVar

    import psycopg

    from pipelines.postgres.address import Address

    T = TypeVar("T")

SCHEMA = "syfte_budget"

_MAKE = f"create schema if not exists {SCHEMA}; set local search_path to {SCHEMA};" + TABLES.format(
    real="double precision", whole="bigint", strict=""
)
_EXISTS = f"select to_regclass('{SCHEMA}.closed') is not null"

_PATIENCE = "set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = '30s'"
"""Nobody waits for longer than a minute, and a machine that vanishes within a transaction holds its lock for half of
one; without this, until the server gives up the connection, in two hours."""

_BEGIN = f"""
begin; {_PATIENCE}; set local search_path to {SCHEMA};
select pg_advisory_xact_lock(cast(cast('{SCHEMA}.reserved' as regclass) as bigint));
select extract(epoch from clock_timestamp())
"""
"""In one round trip. The clock is asked after the lock: it is the time at which the change is made."""


class PostgresLedger(DatabaseLedger):
    """The ledger of a project on several machines.

    Args:
        address: the database; its schema `syfte_budget` is the ledger's alone, and is made if it is not there.
        caps: see `DatabaseLedger`.
        today: see `DatabaseLedger`.
        now: replaces the database's clock in tests.

    Raises:
        ConfigurationError: psycopg is not installed, or the address is none.
        CredentialError: nobody is let in, or a right is missing.
        SourceError: the server is down.
    """

    def __init__(
        self,
        address: Address,
        *,
        caps: Mapping[tuple[str, str], float] | None = None,
        today: Callable[[], datetime] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(caps=caps, today=today)
        self._address = address
        self._now = now
        self._con: psycopg.Connection[tuple[Any, ...]] = connect(address, BUDGET, autocommit=True)
        try:
            self._make()
            self._alone(self._begin)
        except BaseException:
            self._close()
            raise

    def _make(self) -> None:
        with self._refusals():
            if self._execute(_EXISTS) == [(True,)]:
                return
            # of two who make it at once, one waits; without this lock it would be told that the names are taken
            self._run(f"begin; {_PATIENCE}; select pg_advisory_xact_lock(hashtext('{SCHEMA}')); {_MAKE} commit")

    def _alone(self, work: Callable[[], T]) -> T:
        """As any ledger; once more on a new connection, if the server went away.

        Nothing is counted too low by it: what was committed though nobody was told of it is booked already, or it is
        set aside twice until it lapses.
        """
        import psycopg  # noqa: PLC0415  # an extra; half a second

        with self._refusals():
            try:
                return super()._alone(work)
            except psycopg.OperationalError:
                if not self._con.closed:
                    raise
                self._con = connect(self._address, BUDGET, autocommit=True)
                return super()._alone(work)

    @contextmanager
    def _changing(self) -> Generator[datetime]:
        try:
            [(at,)] = self._run(_BEGIN)
            yield self._now() if self._now else datetime.fromtimestamp(float(at), UTC)
        except BaseException:
            if not self._con.closed:
                self._run("rollback")
            raise
        self._run("commit")

    def _execute(self, text: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._run(text.replace("?", "%s"), tuple(values))

    def _run(self, text: str, values: tuple[object, ...] | None = None) -> list[tuple[Any, ...]]:
        """The rows of the last of some statements; several only without values."""
        with self._con.cursor() as cursor:
            cursor.execute(cast("LiteralString", text), values or None, prepare=False)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def _close(self) -> None:
        self._con.close()

    @contextmanager
    def _refusals(self) -> Generator[None]:
        import psycopg  # noqa: PLC0415  # as above

        try:
            yield
        except psycopg.Error as error:
            raise refused(error, self._address, "the ledger of allowances", BUDGET) from None
