"""The one way to a platform: asynchronous, pooled, patient as long as asked and no longer.

The unit of retry is the whole attempt: send, read the body, decode, classify. Waits come from the server, on the
server's clock; a wait above two minutes is a `DeferredError`, never a sleep. Tokens travel in the Authorization header
only.

    SourceError                    what a caller may catch besides CredentialError and DeferredError (`refusals`):
    ├── GoneError                  the object is not there, or not for us
    ├── InvalidMetricError         one metric of the request is not offered; ask for the others without it
    ├── NotOfferedError            the object has no such figures, and will not get them
    ├── ReduceError                the page is too heavy; ask for fewer objects
    └── ExhaustedError             the account's credit is spent; nothing of this platform will answer
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
import httpx
import msgspec

from pipelines.errors import CredentialError, DeferredError, SourceError, SyfteError
from pipelines.sources.bodies import MAX_BODY_BYTES, decode, read_body
from pipelines.sources.endpoint import CookielessClient, Endpoint, anywhere, checked_base, holds_secret, network
from pipelines.sources.metering import Meter, named, window_of
from pipelines.sources.outcomes import Answer, Envelope, Kind, Outcome, Quota, server_clock
from pipelines.sources.pacing import LONGEST_SLEEP_S, Pace, Ticket, TokenState
from pipelines.sources.redaction import REDACTION
from pipelines.sources.refusals import (
    ADVICE,
    REFUSALS,
    ExhaustedError,
    GoneError,
    InvalidMetricError,
    NotOfferedError,
    ReduceError,
    refusal_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from pydantic import SecretStr

    from pipelines.sources.allowance import Costs, Ledger

__all__ = [
    "Clock",
    "ExhaustedError",
    "GoneError",
    "HttpClient",
    "InvalidMetricError",
    "NotOfferedError",
    "ReduceError",
    "Reply",
]

LONGEST_BACKOFF_S = 30.0

_LOG = logging.getLogger(__name__)
E = TypeVar("E", bound=Envelope)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Time and chance, to be replaced in tests.

    Args:
        wall: our own clock, UTC; only used where the server does not say its time.
        monotonic: seconds, for waiting.
        chance: a number in [0, 1).
    """

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, kw_only=True)
class Reply(Generic[E]):
    """A good answer.

    Args:
        body: as it came, decompressed.
        answered_at: the server's clock, UTC.
    """

    body: bytes
    envelope: E
    headers: Mapping[str, str]
    answered_at: datetime


class HttpClient:
    """Talks to one platform. Use as an async context manager.

    Args:
        endpoint: where, and in which dialect.
        transport: replaces the network in tests.
        concurrency: requests under way at once.
        retries: further attempts after the first.
        proxy: address of a proxy, or None.
        extra_hosts: hosts allowed besides the platform's own, such as an institution's gateway.
        on_quota: is told every quota reading.
        admit: lets a token go to a host, or raises; asked before every request that carries one.
        ledger: counts what the requests take of the platform's allowances; None counts nothing.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        concurrency: int = 8,
        retries: int = 5,
        proxy: str | None = None,
        extra_hosts: frozenset[str] = frozenset(),
        on_quota: Callable[[Quota], None] | None = None,
        admit: Callable[[SecretStr, Endpoint, str], None] = anywhere,
        ledger: Ledger | None = None,
        clock: Clock | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self.endpoint = endpoint
        self._base = checked_base(endpoint, extra_hosts)
        self._clock = clock or Clock()
        self._retries = retries
        self._on_quota = on_quota
        self._admit = admit
        self._deadline_s = 4 * timeout_s
        self._meter = Meter(
            endpoint.source, self._base.netloc.decode(), ledger, sleep=self._clock.sleep, patience_s=LONGEST_SLEEP_S
        )
        self._slots = asyncio.Semaphore(concurrency)
        self._tokens: dict[str, TokenState] = {}
        self._paces: dict[tuple[str, str], Pace] = {}
        self._http = CookielessClient(
            transport=transport or network(self._base, concurrency, proxy),
            timeout=httpx.Timeout(timeout_s, connect=10.0),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "syfte (+https://github.com/syfte/syfte)", "Accept": "application/json"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(
        self,
        path: str,
        envelope: type[E],
        *,
        token: SecretStr | None,
        params: Mapping[str, str] | None = None,
        query: str | None = None,
        cost: Costs = (),
        objects: int = 0,
    ) -> Reply[E]:
        """Ask until there is a good answer, a final refusal or no patience left.

        Args:
            path: below the base address, starting with a slash; identifiers in it are already percent-encoded.
            envelope: what to decode the body into.
            token: sent in the endpoint's header, and nowhere else; None asks without one.
            params: the query; never holds a secret.
            query: the query as it must stand, already percent-encoded (repeated names, Rest.li's brackets).
            cost: what the request takes of which allowances: its stream's.
            objects: how many the answer brings at most; matters where objects are charged for.

        Raises:
            CredentialError: refused; asked once.
            BudgetError: an allowance would be passed; not asked.
            DeferredError: the platform wants a longer wait than we sleep, or is still throttling after all tries.
            SourceError: one of this module's kinds, or unreachable, or unreadable after all tries.
        """
        request = self._request("GET", path, token, params=params or {}, query=query)
        return await self._ask(request, envelope, token, cost, objects)

    async def post(
        self,
        path: str,
        envelope: type[E],
        *,
        token: SecretStr | None,
        body: Mapping[str, object],
        params: Mapping[str, str] | None = None,
        cost: Costs = (),
        objects: int = 0,
    ) -> Reply[E]:
        """Ask by POST, see `get`: a question that it is safe to ask twice, and whose JSON body holds no secret."""
        content = msgspec.json.encode(body)
        if REDACTION.holds(content.decode()) or (token is not None and token.get_secret_value().encode() in content):
            raise ValueError("a request must carry its token in the header only")
        request = self._request("POST", path, token, params=params or {}, content=content)
        return await self._ask(request, envelope, token, cost, objects)

    async def _ask(
        self, request: httpx.Request, envelope: type[E], token: SecretStr | None, cost: Costs, objects: int
    ) -> Reply[E]:
        where = f"{request.method} {str(request.url).partition('?')[0]}"
        pace = self._pace(token.get_secret_value() if token is not None else "", window_of(cost))
        outcome = Outcome(kind=Kind.PERMANENT)
        for attempt in range(self._retries + 1):
            ticket = await self._turn(pace, cost, objects, where)
            try:
                outcome, reply, readings = await self._attempt(request, envelope, cost)
                pace.note(readings, ticket, self._clock.monotonic())
            finally:
                pace.came_back()
            self._meter.book(ticket.held, outcome, reply.envelope if reply else None)
            if reply is not None:
                return reply
            outcome = self._meter.used_up(outcome, cost, self._clock.wall())
            if outcome.kind is Kind.GONE and pace.was_throttled and attempt == 0:
                continue  # Graph has answered a throttled request with "does not exist": ask once more
            if outcome.kind in REFUSALS:
                raise self._refusal(outcome, pace, where)
            await self._back_off(outcome, attempt, pace, where)
        raise self._given_up(outcome, pace, where)

    def _request(
        self,
        method: str,
        path: str,
        token: SecretStr | None,
        *,
        params: Mapping[str, str],
        query: str | None = None,
        content: bytes | None = None,
    ) -> httpx.Request:
        secret = token.get_secret_value() if token is not None else None
        if not path.startswith("/") or (params and query):
            raise ValueError("a request must have a path with a slash, and one query")
        asked = query or urlencode(params)  # not by httpx: it would parse the address twice
        url = self._address(str(self._base) + path + (f"?{asked}" if asked else ""))
        if holds_secret(url, secret):
            raise ValueError("a request must carry its token in the header only, and no other secret at all")
        if url.host != self._base.host or url.port != self._base.port:
            raise ValueError("a request must not leave the host of its source")
        headers = dict(self.endpoint.headers)
        if token is not None and secret is not None:
            self._admit(token, self.endpoint, self._base.host)
            headers[self.endpoint.auth_header] = f"{self.endpoint.auth_prefix}{secret}"
        if content is not None:
            headers["Content-Type"] = "application/json"
        return self._http.build_request(method, url, headers=headers, content=content)

    def _address(self, raw: str) -> httpx.URL:
        try:
            return httpx.URL(raw)
        except httpx.InvalidURL:  # no ValueError, so that it would end the pull of every other source
            what = "An id that the platform sent makes no address: it is too long, or holds what no address may."
            raise SourceError(what, where=str(self._base), do="Run again; if it stays, report it.") from None

    def _pace(self, secret: str, window: str) -> Pace:
        """What holds back the requests of a token: where endpoints are counted one by one, each by its own window."""
        token = self._tokens.setdefault(secret, TokenState())
        return self._paces.setdefault((secret, window), Pace(token=token))

    async def _turn(self, pace: Pace, cost: Costs, objects: int, where: str) -> Ticket:
        """Wait until a request may be sent."""
        while True:
            await self._gate(pace, where)
            ticket = pace.draw(await self._meter.reserve(cost, objects, where))
            if pace.lets(ticket, self._clock.monotonic()):
                return ticket
            self._meter.release(ticket.held)
            await pace.news()

    async def _gate(self, pace: Pace, where: str) -> None:
        """Hold a request back while its token is throttled, slow or refused."""
        while True:
            if pace.token.refused:
                raise pace.token.refused
            wait = pace.not_before - self._clock.monotonic()
            if wait > LONGEST_SLEEP_S:
                raise self._deferred(pace.why, wait, where)
            if wait <= 0:
                break
            await self._clock.sleep(wait)
        if pace.pause_s:
            await self._clock.sleep(pace.pause_s * (0.5 + self._clock.chance()))

    async def _attempt(
        self, request: httpx.Request, envelope: type[E], cost: Costs
    ) -> tuple[Outcome, Reply[E] | None, list[Quota] | None]:
        try:
            async with self._slots, asyncio.timeout(self._deadline_s):
                response = await self._http.send(request, stream=True)
                try:
                    body = await read_body(response)
                finally:
                    await response.aclose()
        except (httpx.TransportError, httpx.DecodingError, aiohttp.ClientError, TimeoutError, OSError) as error:
            return Outcome(kind=Kind.TRANSIENT, reason=type(error).__name__, is_answered=False), None, None
        if body is None:
            reason = f"an answer of over {MAX_BODY_BYTES >> 20} MB"
            return Outcome(kind=Kind.PERMANENT, reason=reason, is_answered=False), None, None
        answered_at = server_clock(response.headers, self._clock.wall())
        decoded, problem, is_malformed = decode(body, envelope)
        answer = Answer(
            status=response.status_code,
            headers=response.headers,
            envelope=decoded,
            answered_at=answered_at,
            problem=problem,
            is_malformed=is_malformed,
        )
        outcome = self.endpoint.dialect.judge(answer)
        _LOG.debug("%s %s: %s %s", request.method, request.url.path, outcome.kind.value, outcome.reason)
        readings = self._readings(answer, cost)
        if outcome.kind is Kind.OK and decoded is not None:
            reply = Reply(body=body, envelope=decoded, headers=response.headers, answered_at=answered_at)
            return outcome, reply, readings
        return outcome, None, readings

    def _readings(self, answer: Answer, cost: Costs) -> list[Quota]:
        readings = [named(quota, cost) for quota in self.endpoint.dialect.quotas(self.endpoint.source, answer)]
        if self._on_quota:
            for quota in readings:
                self._on_quota(quota)
        return readings

    async def _back_off(self, outcome: Outcome, attempt: int, pace: Pace, where: str) -> None:
        is_throttled = outcome.kind is Kind.THROTTLED
        wait = outcome.wait_s
        if wait is None and is_throttled:
            wait = outcome.first_wait_s * 2**attempt
        if wait is None:
            if attempt < self._retries:
                cap = min(LONGEST_BACKOFF_S, outcome.first_wait_s * 2**attempt)
                await self._clock.sleep(cap * (0.5 + self._clock.chance() / 2))
            return
        pause = wait * (1 + 0.1 * self._clock.chance())
        if wait <= LONGEST_SLEEP_S:
            pause = min(pause, LONGEST_SLEEP_S)
        pace.was_throttled = pace.was_throttled or is_throttled
        pace.why = outcome.reason
        pace.not_before = max(pace.not_before, self._clock.monotonic() + pause)
        if wait > LONGEST_SLEEP_S:
            raise self._deferred(outcome.reason, wait, where)

    def _refusal(self, outcome: Outcome, pace: Pace, where: str) -> SyfteError:
        source = self.endpoint.source
        kind = refusal_of(outcome)
        if issubclass(kind, CredentialError):
            do = outcome.do or f"Issue a new token and set {self.endpoint.token_setting}; then try `syfte check`."
            error: SyfteError = kind(f"{source} refuses the token ({outcome.reason}).", where=where, do=do)
        else:
            do = outcome.do or ADVICE.get(outcome.kind, "Try `syfte check`; if it stays, please report it.")
            error = kind(f"{source} refuses the request ({outcome.reason}).", where=where, do=do)
        if outcome.is_dead or outcome.kind is Kind.EXHAUSTED:
            pace.token.refused = error
        return error

    def _given_up(self, outcome: Outcome, pace: Pace, where: str) -> SyfteError:
        if outcome.kind is Kind.THROTTLED:
            wait = max(pace.not_before - self._clock.monotonic(), 60.0)
            return self._deferred(outcome.reason, wait, where)
        return SourceError(
            f"{self.endpoint.source} did not give a readable answer in {self._retries + 1} tries ({outcome.reason}).",
            where=where,
            do=f"Look at the network, at the platform's status page, and at {self.endpoint.setting}; then run again.",
        )

    def _deferred(self, why: str, wait: float, where: str) -> DeferredError:
        return DeferredError(
            f"{self.endpoint.source} asks us to stay away for {wait:.0f} s ({why}).",
            seconds=wait,
            where=where,
            do="Run again after that. What was read so far is kept, and the next run goes on from there.",
        )
