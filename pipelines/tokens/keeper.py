"""Who has which token now: renews in time, stores before use, and lets no token go to a host that is not its own.

The order for a token that rotates: note that we ask, ask, store the answer durably, and only then use it. A kill
between the platform's answer and our store costs that token and no more, and the next run says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import msgspec
from pydantic import SecretStr

from pipelines.errors import CredentialError, DeferredError, SourceError, SyfteError
from pipelines.sources import redaction
from pipelines.sources.http import Clock
from pipelines.sources.renewal import RefusedRenewalError, Renewal, Renewed, Way, inspect, renew
from pipelines.sources.renewals import RENEWALS
from pipelines.tokens.hosts import Hosts
from pipelines.tokens.record import Record, decode, encode, fingerprint, is_due, is_usable
from pipelines.tokens.store import locked, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.settings import Settings, SourceSettings
    from pipelines.sources.base import Account, Source
    from pipelines.sources.endpoint import Endpoint
    from pipelines.tokens.store import Store

INSPECT_EVERY = timedelta(hours=20)
"""At most daily: an expiry does not change by itself."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One token of one source.

    Args:
        key: the account's native id, or `default` for the token that accounts share.
        words: the configured secrets, by the words of `Renewal.params`.
        renews: whether all that its renewal needs is there.
    """

    source: str
    key: str
    host: str
    endpoint: Endpoint
    section: SourceSettings
    renewal: Renewal
    way: Way
    words: Mapping[str, str]
    renews: bool

    @property
    def name(self) -> str:
        """Under which it is stored."""
        return f"{self.source}--{self.key}"

    @property
    def seed(self) -> str:
        """Changes when a person sets another token; beside a refresh token that rotates, an access token is none."""
        refresh = self.words.get("refresh_token", "")
        access = "" if refresh and self.renewal.rotates else self.words.get("access_token", "")
        return fingerprint(access, refresh)


class Keeper:
    """The tokens of one project, for one process.

    Args:
        settings: what is configured; renewed tokens are held there for the sources to use.
        transport: replaces the network in tests.
        clock: replaces time in tests.
    """

    def __init__(
        self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self._transport = transport
        self._clock = clock or Clock(wall=lambda: settings.clock_now)
        self._folder = settings.tokens_dir
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failed: dict[str, SyfteError] = {}
        self._hosts = Hosts(self._folder, settings.http.extra_hosts)
        self.warnings: dict[str, str] = {}

    @property
    def store(self) -> Store:
        """Where renewed tokens are kept."""
        return open_store(self._folder, self.settings.token_store)

    @property
    def place(self) -> str:
        """Where that is, for people."""
        return self.store.place

    def job(self, source: Source, account: Account) -> Job | None:
        """The token that an account is read with; None if it is of a kind that nobody need look after."""
        endpoints = source.endpoints([account])
        self._hosts.learn(source.name, frozenset(host for endpoint in endpoints for host in endpoint.hosts))
        section = self.settings.section_of(source.name)
        renewal = RENEWALS.get(section.renewal) if section is not None else None
        if section is None or renewal is None:
            return None
        endpoint = endpoints[0]
        needs = renewal.sign_in.needs if renewal.sign_in else renewal.needs
        key = account.native_id if "account" in needs else section.key_of(account.native_id)
        words = {**section.words_for(key), "account": account.native_id}
        if not words.get("access_token") and not words.get("refresh_token"):
            return None
        proxy = self.settings.http.proxy
        return Job(
            source=source.name,
            key=key,
            host=httpx.URL(endpoint.base_url).host,
            endpoint=endpoint,
            section=section,
            renewal=renewal,
            way=Way(
                source=source.name,
                base_url=section.login,
                hosts=endpoint.hosts,
                api_version=words.get("api_version", ""),
                transport=self._transport,
                proxy=proxy.get_secret_value() if proxy else None,
                wall=self._clock.wall,
                sleep=self._clock.sleep,
            ),
            words=words,
            renews=needs <= words.keys(),
        )

    async def ready(self, source: Source, account: Account) -> SecretStr | None:
        """See to it that an account's token is good for a while, as far as we can.

        Returns:
            The token that is used now; None if nobody need look after it.

        Raises:
            CredentialError: it has ended and cannot be renewed, or it belongs to another host.
            DeferredError, SourceError: it has ended, and the platform does not renew it now.
        """
        job = self.job(source, account)
        if job is None or (not job.renews and job.renewal.is_short):
            return None
        async with self._locks[job.name]:
            record = self._known(job) or await self._first_seen(job)
            if job.renews and is_due(record, job.renewal, self._clock.wall(), has_access=_has_access(job, record)):
                record = await self._renewed(job, record)
            self._hold(job, record)
            current = _current(job, record)
        return None if current is None else SecretStr(current)

    async def renew_now(self, source: Source, account: Account, *, refused: SecretStr | None = None) -> bool:
        """Renew, whether due or not.

        Args:
            source: whose token.
            account: read with it.
            refused: the token that the platform has just refused; if another run has renewed it since, that will do.

        Returns:
            Whether there is a new token.

        Raises:
            CredentialError, DeferredError, SourceError: as `ready`.
        """
        job = self.job(source, account)
        if job is None or not job.renews:
            return False
        async with self._locks[job.name]:
            record = self._known(job) or await self._first_seen(job)
            if refused is None and self._is_too_early(job, record):
                self._hold(job, record)
                return False
            if refused is None or _current(job, record) in (None, refused.get_secret_value()):
                record = await self._renewed(job, record, force=True)
            self._hold(job, record)
        return True

    def _is_too_early(self, job: Job, record: Record) -> bool:
        """Whether the platform would refuse to renew it, though nothing is wrong with it: too young, or without end."""
        age = self._clock.wall() - (record.renewed_at or record.first_seen_at)
        return age < job.renewal.min_age or record.is_endless or record.inspected_kind not in {"", "USER"}

    async def look(self, source: Source, account: Account) -> None:
        """Ask the platform when an account's token ends, where it says so, at most daily. Never fails."""
        job = self.job(source, account)
        if job is None or job.renewal.inspect is None or not job.words.get("access_token"):
            return
        async with self._locks[job.name]:
            record = self._known(job) or await self._first_seen(job)
            now = self._clock.wall()
            if record.inspected_at is not None and now - record.inspected_at < INSPECT_EVERY:
                return
            try:
                told = await inspect(
                    job.renewal.inspect,
                    _current(job, record) or "",
                    job.way,
                    app_secret=job.words.get("client_secret", ""),
                )
            except (CredentialError, DeferredError, SourceError) as error:
                _LOG.debug("%s does not say when its token ends: %s", job.source, error.what)
                return
            if told is None:
                return
            record = msgspec.structs.replace(
                record,
                inspected_at=now,
                inspected_kind=told.kind,
                expires_at=told.expires_at,
                is_endless=told.expires_at is None,
            )
            self.store.write(job.name, encode(record))

    def admit(self, token: SecretStr, endpoint: Endpoint, host: str) -> None:
        """Let a token go to a host, if that is where it belongs.

        Raises:
            CredentialError: it belongs to another host.
        """
        self._hosts.admit(token.get_secret_value(), endpoint, host)

    def record(self, job: Job) -> Record | None:
        """What is known of a token; None before its first use, or if a person has set a new one since.

        Raises:
            CredentialError: it was stored for another host.
            StorageError: it cannot be read.
        """
        content = self.store.read(job.name)
        if content is None:
            return None
        record = decode(content, self.store.place)
        redaction.install(record.secrets())
        if record.seed != job.seed:
            return None
        own = {job.host, record.host}
        if record.secrets() and len(own) > 1 and not own <= job.way.hosts | self.settings.http.extra_hosts:
            raise CredentialError(
                f"The stored token of {job.source} was issued for {record.host} and would go to {job.host}.",
                where=f"{self.store.place}, {job.name}",
                do=f"Set {job.source}'s address back, or sign in for {job.host} and set the new token in .env.",
            )
        return record

    def _known(self, job: Job) -> Record | None:
        record = self.record(job)
        if record is not None:
            for secret in record.secrets():
                self._hosts.issued(secret, record.host)
        return record

    async def _first_seen(self, job: Job) -> Record:
        async with locked(self._folder, job.name):
            return self._known(job) or self._begin(job)

    def _begin(self, job: Job) -> Record:
        record = Record(source=job.source, host=job.host, key=job.key, seed=job.seed, first_seen_at=self._clock.wall())
        self.store.write(job.name, encode(record))
        return record

    def _hold(self, job: Job, record: Record) -> None:
        if record.access_token:
            job.section.hold(job.key, SecretStr(record.access_token))

    async def _renewed(self, job: Job, before: Record, *, force: bool = False) -> Record:
        """Renew under the lock of all processes; the one that comes second finds the work done."""
        if not force and (failed := self._failed.get(job.name)):
            return self._make_do(job, before, failed)
        async with locked(self._folder, job.name):
            record = self._known(job) or before
            if record.renewed_at != before.renewed_at:
                return record
            try:
                return await self._ask(job, record)
            except (CredentialError, DeferredError, SourceError) as error:
                self._failed[job.name] = error
                if not isinstance(error, SourceError):  # it did answer: no renewal is half done
                    refused = error.what if isinstance(error, RefusedRenewalError) else record.refused
                    self.store.write(job.name, encode(msgspec.structs.replace(record, refused=refused)))
                if force:
                    raise
                return self._make_do(job, record, error)

    def _make_do(self, job: Job, record: Record, error: SyfteError) -> Record:
        """Go on with what there is while it may still be good, and say so; else fail."""
        if not is_usable(record, self._clock.wall(), has_access=_has_access(job, record)):
            raise error
        self.warnings[job.name] = f"{error.what} The old token is used while it lasts. {error.do or ''}".rstrip()
        return record

    async def _ask(self, job: Job, record: Record) -> Record:
        now = self._clock.wall()
        if job.renewal.rotates:
            self.store.write(job.name, encode(msgspec.structs.replace(record, asked_at=now)))
        try:
            renewed = await self._by_session(job, record)
        except RefusedRenewalError as error:
            if record.asked_at is None:
                raise
            raise RefusedRenewalError(
                f"{error.what} A renewal begun {record.asked_at:%Y-%m-%d %H:%M} UTC was cut off before its answer was "
                "stored, so that the platform may have ended the token we have.",
                where=error.where,
                do=error.do,
            ) from None
        for secret in (renewed.access_token, renewed.refresh_token):
            if secret:
                self._hosts.issued(secret, job.host)
        is_same = renewed.refresh_token is None or renewed.refresh_token == _refresh(job, record)
        after = msgspec.structs.replace(
            record,
            host=job.host,
            access_token=renewed.access_token,
            refresh_token=renewed.refresh_token or record.refresh_token,
            expires_at=renewed.expires_at,
            refresh_expires_at=(record.refresh_expires_at if is_same else None) or renewed.refresh_expires_at,
            renewed_at=renewed.answered_at,
            asked_at=None,
            refused="",
        )
        self.store.write(job.name, encode(after))  # before anybody uses what it holds
        self._failed.pop(job.name, None)
        return after

    async def _by_session(self, job: Job, record: Record) -> Renewed:
        """Ask with what there is: the session's own token; where there is none or it has lapsed, the first secret."""
        renewal = job.renewal
        words = {**job.words, **_newest(record)}
        first = renewal.sign_in
        if first is None:
            return await self._sent(job, renewal, words)
        if renewal.needs <= words.keys():
            try:
                return await self._sent(job, renewal, words)
            except RefusedRenewalError:
                _LOG.info("the session at %s has lapsed; signing in again", job.source)
        return await self._sent(job, first, job.words)

    async def _sent(self, job: Job, renewal: Renewal, words: Mapping[str, str]) -> Renewed:
        host = job.way.to(renewal.url).host
        for name in renewal.needs & {"access_token", "refresh_token"}:
            if words[name] == job.words.get(name):  # a renewed one is bound by the record it is stored in
                self._hosts.admit(words[name], job.endpoint, host)
        return await renew(renewal, words, job.way)


def _newest(record: Record) -> dict[str, str]:
    found = {"access_token": record.access_token, "refresh_token": record.refresh_token}
    return {name: secret for name, secret in found.items() if secret}


def _current(job: Job, record: Record) -> str | None:
    configured = None if job.section.needs_session else job.words.get("access_token")
    return record.access_token or configured


def _refresh(job: Job, record: Record) -> str | None:
    return record.refresh_token or job.words.get("refresh_token")


def _has_access(job: Job, record: Record) -> bool:
    return _current(job, record) is not None
