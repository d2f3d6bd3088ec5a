"""Which host a token belongs to: the first it was used at. No other host gets it, whatever the settings say.

So a token of one institution cannot reach another's server through a copied `.env` or a changed address. Fingerprints
are kept, never tokens. This machine is no host in this sense: a sandbox or a local gateway is nobody else's.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import CredentialError, StorageError
from pipelines.sources.endpoint import is_this_machine
from pipelines.tokens.record import fingerprint
from pipelines.tokens.store import FileStore, held

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sources.endpoint import Endpoint

NAME = "hosts"


class _Bound(msgspec.Struct, frozen=True):
    source: str
    host: str


class Hosts:
    """The hosts of a project's tokens.

    Args:
        folder: where they are kept between runs.
        extra_hosts: hosts that the operator allows besides the platforms' own.
    """

    def __init__(self, folder: Path, extra_hosts: frozenset[str]) -> None:
        self._folder = folder
        self._store = FileStore(folder)
        self._extra = extra_hosts
        self._issued: dict[str, str] = {}
        self._families: dict[str, frozenset[str]] = {}
        self._admitted: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def learn(self, source: str, hosts: frozenset[str]) -> None:
        """A platform's own hosts, wherever one of its endpoints is: they share their tokens."""
        self._families[source] = self._families.get(source, frozenset()) | hosts

    def issued(self, token: str, host: str) -> None:
        """A renewed token belongs to the host of the token it came from; that is stored with the token itself."""
        self._issued[fingerprint(token)] = host

    def admit(self, token: str, endpoint: Endpoint, host: str) -> None:
        """Let a token go to a host, if it belongs there or belongs nowhere yet.

        Raises:
            CredentialError: it belongs to another host.
        """
        seed = fingerprint(token)
        is_free = is_this_machine(host) and seed not in self._issued
        if is_free or (seed, host) in self._admitted:
            return
        with self._lock, held(self._folder, NAME):  # other processes bind too
            bound = self._bound_to(seed)
            if bound is None:
                self._bind(seed, _Bound(endpoint.source, host))
            elif host != bound.host and not {host, bound.host} <= self._one(endpoint):
                raise CredentialError(
                    f"The token that {endpoint.source} would send to {host} belongs to {bound.host}, where "
                    f"{bound.source} uses it.",
                    where=f"{endpoint.setting}, {endpoint.token_setting}",
                    do=f"Issue a token at {host} and set that. If both are one server that has moved, remove "
                    f"{self._store.path_of(NAME)}.",
                )
            self._admitted.add((seed, host))

    def _one(self, endpoint: Endpoint) -> frozenset[str]:
        """The hosts that count as one with an endpoint's."""
        return endpoint.hosts | self._families.get(endpoint.source, frozenset()) | self._extra

    def _bound_to(self, seed: str) -> _Bound | None:
        if seed in self._issued:
            return _Bound("this project", self._issued[seed])
        return self._read().get(seed)

    def _bind(self, seed: str, bound: _Bound) -> None:
        self._store.write(NAME, msgspec.json.encode(self._read() | {seed: bound}))

    def _read(self) -> dict[str, _Bound]:
        content = self._store.read(NAME)
        try:
            return {} if content is None else msgspec.json.decode(content, type=dict[str, _Bound])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise StorageError(
                "The list of the tokens' hosts is damaged.",
                where=str(self._store.path_of(NAME)),
                do="Remove it; it is made again at the next run.",
            ) from None
