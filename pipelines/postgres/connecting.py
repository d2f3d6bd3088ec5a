"""One transaction in a PostgreSQL, with a protected connection."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipelines.errors import ConfigurationError
from pipelines.postgres.answers import PUBLISHING, Use, not_connected, refused

if TYPE_CHECKING:
    from collections.abc import Generator

    import psycopg

    from pipelines.postgres.address import Address

_USUAL = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "application_name": "syfte"}
_LIBPQS_OWN_SSLMODE = "prefer"


class Session:
    """An open transaction, and what is being done in it, for errors.

    Args:
        con: not in autocommit: everything stands or falls together.
        doing: what is under way.
    """

    def __init__(self, con: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.con = con
        self.doing = "connecting"


@contextmanager
def transaction(address: Address) -> Generator[Session]:
    """Connect, and commit at the end; whatever is raised in between rolls everything back.

    Raises:
        ConfigurationError: psycopg is not installed, or the address is none.
        CredentialError: nobody is let in, or a right is missing.
        SourceError: the server is down, or went away.
    """
    con = connect(address)
    import psycopg  # noqa: PLC0415  # an extra; half a second

    session = Session(con)
    try:
        with con:
            yield session
            session.doing = "committing"
    except psycopg.Error as error:
        raise refused(error, address, session.doing) from None


def connect(
    address: Address, use: Use = PUBLISHING, *, autocommit: bool = False
) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect.

    Args:
        address: of the database.
        use: what the connection is for.
        autocommit: whether each statement is a transaction, unless one says `begin`.

    Raises:
        ConfigurationError: psycopg is not installed, or the address is none.
        CredentialError: nobody is let in.
        SourceError: the server is down.
    """
    import_driver()
    import psycopg  # noqa: PLC0415  # as above

    try:
        return psycopg.connect(address.url, autocommit=autocommit, **parameters(address))
    except psycopg.ProgrammingError:  # its own words quote the part that is wrong, and that may be the password
        raise ConfigurationError(
            "The address of PostgreSQL cannot be read.",
            where=address.place,
            do="Write it as postgresql://user@host:5432/database; `%`, `/`, `@`, `:` and `#` in a password as %25, "
            "%2F, %40, %3A and %23.",
        ) from None
    except psycopg.Error as error:
        raise not_connected(error, address, use) from None


def import_driver() -> None:
    """Say how to get psycopg where it is not there.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import_module("psycopg")
    except ImportError:
        raise ConfigurationError(
            "PostgreSQL needs psycopg, which is not installed.",
            where="the extra `publish`",
            do="Run `pip install 'syfte[publish]'`.",
        ) from None


def parameters(address: Address) -> dict[str, Any]:
    """What is added to an address: patience, a name in pg_stat_activity, and a verified certificate.

    libpq's own default (`prefer`) gives the password to whoever answers without TLS. So another machine has to prove
    who it is, unless the address or PGSSLMODE says otherwise.
    """
    from psycopg import conninfo, pq  # noqa: PLC0415  # as above

    said = conninfo.conninfo_to_dict(address.url)
    added: dict[str, Any] = {name: value for name, value in _USUAL.items() if name not in said}
    defaults = {option.keyword: option.val for option in pq.Conninfo.get_defaults()}
    preset = (defaults.get(b"sslmode") or b"").decode()
    if "sslmode" not in said and preset == _LIBPQS_OWN_SSLMODE and not address.is_on_this_machine:
        added["sslmode"] = "verify-full"
    return added
