"""The ways to the platforms during one pull: one pooled client per source and address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pipelines.sources.endpoint import Endpoint
    from pipelines.sources.http import HttpClient


class ClientPool:
    """Opens a client for each endpoint once, and closes them all at the end. Use as an async context manager.

    Args:
        connect: makes the client of an endpoint.
    """

    def __init__(self, connect: Callable[[Endpoint], HttpClient]) -> None:
        self._connect = connect
        self._clients: dict[tuple[str, str, str], HttpClient] = {}

    def at(self, endpoint: Endpoint) -> HttpClient:
        """The client of an endpoint; see `base.Clients`."""
        key = (endpoint.source, endpoint.base_url, endpoint.auth_header)
        if key not in self._clients:
            self._clients[key] = self._connect(endpoint)
        return self._clients[key]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.__aexit__(kind, error, trace)
