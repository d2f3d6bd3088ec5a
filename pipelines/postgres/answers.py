"""What PostgreSQL and libpq say, as errors of ours: never a password, never a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import BusyError, ConfigurationError, CredentialError, SourceError, SyfteError
from pipelines.sources.redaction import REDACTION

if TYPE_CHECKING:
    import psycopg

    from pipelines.postgres.address import Address

_FOR_NOW = ("starting up", "shutting down", "too many", "recovery", "remaining connection slots")


@dataclass(frozen=True)
class Use:
    """What a connection is for, as far as its errors tell.

    Args:
        variable: the setting that holds the address.
        page: where it is explained.
        taken: what PostgreSQL did not do.
        busy: what another session holds.
        again: what a failure means, and what to do when the server answers.
        rights: what to ask its administrator for.
    """

    variable: str
    page: str
    taken: str
    busy: str
    again: str
    rights: str


PUBLISHING = Use(
    variable="SYFTE_POSTGRES_URL",
    page="docs/dashboards/postgresql.md",
    taken="take the tables",
    busy="the tables",
    again="Nothing was changed: readers see the last push. Run `syfte publish` again when it answers.",
    rights="Ask its administrator for the right to create a schema there (`grant create on database ... to ...`) and "
    "temporary tables, or for a schema that belongs to this user. Nothing was changed.",
)
BUDGET = Use(
    variable="SYFTE_BUDGET_URL",
    page="docs/budgets.md",
    taken="keep the ledger of allowances",
    busy="the ledger of allowances",
    again="Without the ledger nobody is asked. Run again when it answers; what had been read is kept.",
    rights="Ask its administrator for the right to create a schema there (`grant create on database ... to ...`), or "
    "for a schema `syfte_budget` that belongs to this user. Nothing was asked.",
)


def not_connected(error: psycopg.Error, address: Address, use: Use = PUBLISHING) -> SyfteError:
    """Say why there is no connection. At this stage libpq has no code, only words in the server's language.

    `FATAL` (in every language) is the server's own word: it was reached, and lets nobody in.
    """
    said = _first_line(error)
    if "FATAL" in said and not any(words in said for words in _FOR_NOW):
        return CredentialError(
            f"PostgreSQL lets nobody in: {said}",
            where=address.place,
            do=f"Correct user, database and password: in {use.variable}, in PGPASSWORD or in ~/.pgpass ({use.page}).",
        )
    if "password" in said or "fe_sendauth" in said:
        return CredentialError(
            "PostgreSQL asks for a password, and none was given.",
            where=address.place,
            do=f"Set it in {use.variable}, in PGPASSWORD or in ~/.pgpass ({use.page}).",
        )
    if "certificate" in said or "SSL" in said:
        return ConfigurationError(
            f"The connection to PostgreSQL cannot be protected: {said}",
            where=address.place,
            do="Name its certificate authority (`?sslrootcert=/path/ca.pem`); docs/dashboards/postgresql.md says what "
            "else there is.",
        )
    return SourceError(f"PostgreSQL cannot be reached: {said}", where=address.place, do=use.again)


def refused(error: psycopg.Error, address: Address, doing: str, use: Use = PUBLISHING) -> SyfteError:
    """Say what a statement ended with. All of it was rolled back.

    Args:
        error: of a statement, or of the commit.
        address: of the server.
        doing: which table, or what else was being done.
        use: what the connection is for.
    """
    code = error.sqlstate or ""
    where = f"{address.place}, {doing}"
    said = error.diag.message_primary or _first_line(error)
    said = REDACTION.clean(f"{said} ({code})" if code else said)
    if code == "42501":
        return CredentialError(f"PostgreSQL refuses: {said}", where=where, do=use.rights)
    if code == "2BP01":
        return ConfigurationError(
            f"A table cannot be replaced because something of yours hangs on it: {said}",
            where=where,
            do="Drop those views, push again, and create them anew; adding columns needs none of this.",
        )
    if code == "55P03":
        return BusyError(
            f"Another session holds a lock on {use.busy}: {said}",
            where=where,
            do="Find it in pg_stat_activity, or wait. Nothing was changed.",
        )
    return SourceError(f"PostgreSQL did not {use.taken}: {said}", where=where, do=use.again)


def _first_line(error: psycopg.Error) -> str:
    text = str(error).strip() or type(error).__name__
    return REDACTION.clean(text.splitlines()[0].removeprefix("connection failed: "))
