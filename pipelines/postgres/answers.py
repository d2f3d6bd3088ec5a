"""What PostgreSQL and libpq say, as errors of ours: never a password, never a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import BusyError, ConfigurationError, CredentialError, SourceError, SyfteError
from pipelines.sources.redaction import REDACTION

if TYPE_CHECKING:
    import psycopg

    from pipelines.postgres.address import Address

_FOR_NOW = ("starting up", "shutting down", "too many", "recovery", "remaining connection slots")
_AGAIN = "Nothing was changed: readers see the last push. Run `syfte publish` again when it answers."
_RIGHTS = (
    "Ask its administrator for the right to create a schema there (`grant create on database ... to ...`) and "
    "temporary tables, or for a schema that belongs to this user. Nothing was changed."
)


def not_connected(error: psycopg.Error, address: Address) -> SyfteError:
    """Say why there is no connection. At this stage libpq has no code, only words in the server's language.

    `FATAL` (in every language) is the server's own word: it was reached, and lets nobody in.
    """
    said = _first_line(error)
    if "FATAL" in said and not any(words in said for words in _FOR_NOW):
        return CredentialError(
            f"PostgreSQL lets nobody in: {said}",
            where=address.place,
            do="Correct user, database and password: in SYFTE_POSTGRES_URL, in PGPASSWORD or in ~/.pgpass "
            "(docs/dashboards/postgresql.md).",
        )
    if "password" in said or "fe_sendauth" in said:
        return CredentialError(
            "PostgreSQL asks for a password, and none was given.",
            where=address.place,
            do="Set it in SYFTE_POSTGRES_URL, in PGPASSWORD or in ~/.pgpass (docs/dashboards/postgresql.md).",
        )
    if "certificate" in said or "SSL" in said:
        return ConfigurationError(
            f"The connection to PostgreSQL cannot be protected: {said}",
            where=address.place,
            do="Name its certificate authority (`?sslrootcert=/path/ca.pem`); docs/dashboards/postgresql.md says what "
            "else there is.",
        )
    return SourceError(f"PostgreSQL cannot be reached: {said}", where=address.place, do=_AGAIN)


def refused(error: psycopg.Error, address: Address, doing: str) -> SyfteError:
    """Say what a statement ended with. All of it was rolled back.

    Args:
        error: of a statement, or of the commit.
        address: of the server.
        doing: which table, or what else was being done.
    """
    code = error.sqlstate or ""
    where = f"{address.place}, {doing}"
    said = error.diag.message_primary or _first_line(error)
    said = REDACTION.clean(f"{said} ({code})" if code else said)
    if code == "42501":
        return CredentialError(f"PostgreSQL refuses: {said}", where=where, do=_RIGHTS)
    if code == "2BP01":
        return ConfigurationError(
            f"A table cannot be replaced because something of yours hangs on it: {said}",
            where=where,
            do="Drop those views, push again, and create them anew; adding columns needs none of this.",
        )
    if code == "55P03":
        return BusyError(
            f"Another session holds a lock on the tables: {said}",
            where=where,
            do="Find it in pg_stat_activity, or wait. Nothing was changed.",
        )
    return SourceError(f"PostgreSQL did not take the tables: {said}", where=where, do=_AGAIN)


def _first_line(error: psycopg.Error) -> str:
    text = str(error).strip() or type(error).__name__
    return REDACTION.clean(text.splitlines()[0].removeprefix("connection failed: "))
