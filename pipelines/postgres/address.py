"""Where a PostgreSQL is: an address that may hold a password, and what of it may be said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = re.compile(r"postgres(?:ql)?://\S+")
_SECRET = ("password", "sslpassword")
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d+){3}|\[?::1\]?|/.*)?(?::\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """A database's address.

    Args:
        url: as it was given; may hold a password, so it is in no text of ours.
    """

    url: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no address.

        Raises:
            ValueError: in words that hold nothing of it.
        """
        try:
            whole = bool(_FORM.fullmatch(self.url)) and self.url.count("@") == urlsplit(self.url).netloc.count("@") <= 1
        except ValueError:
            whole = False
        if not whole:  # also where a password's own /, ?, # or @ would be taken for the end of it, and be shown
            raise ValueError(
                "must look like postgresql://user@host:5432/database, and %, /, ?, #, @ and : of a password like %25, "
                "%2F, %3F, %23, %40 and %3A"
            )

    @property
    def hosts(self) -> list[str]:
        """Every host with its port, as written; empty where libpq's own default holds (PGHOST, else a local socket)."""
        parts = urlsplit(self.url)
        said = unquote(parts.netloc.rpartition("@")[2]) or ",".join(self._query().get("host", []))
        return [host for host in said.split(",") if host]

    @property
    def place(self) -> str:
        """Hosts and database, for people: nothing of user and password."""
        database = unquote(urlsplit(self.url).path.lstrip("/")) or ",".join(self._query().get("dbname", []))
        hosts = ", ".join(self.hosts) or "the default host"
        return f"PostgreSQL at {hosts}, {f'database {database}' if database else 'the default database'}"

    @property
    def is_on_this_machine(self) -> bool:
        """Whether every host is the loopback or a local socket: nobody listens between."""
        return all(_LOOPBACK.fullmatch(host) for host in self.hosts)

    def secrets(self) -> Iterator[str]:
        """The passwords in it, as written and decoded."""
        written = urlsplit(self.url).password
        found = [*([written] if written else []), *(one for name in _SECRET for one in self._query().get(name, []))]
        for one in found:
            yield from (one, unquote(one))

    def _query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.url).query)
