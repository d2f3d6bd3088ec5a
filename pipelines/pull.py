"""Pulling: every configured source, every account, side by side, into the landing. Network only; no database is open.

What fails for one account sinks no other: everything else lands first, and the errors are in the report.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import SourceError, StorageError, SyfteError
from pipelines.events import Event, silent
from pipelines.pull_report import EXPECTED, ProbeResult, PullReport, StreamResult
from pipelines.refusals import RefusalBook, sentences
from pipelines.sources.base import Account, PullPlan, Resume, first_of
from pipelines.sources.clients import ClientPool
from pipelines.sources.http import Clock, ExhaustedError, HttpClient
from pipelines.sources.registry import PLATFORM_SOURCES, configured_sources
from pipelines.sources.sightings import Sightings, sighting
from pipelines.tokens.keeper import Keeper
from pipelines.tokens.reading import TokenDiskError, reading
from pipelines.tokens.standing import standings
from pipelines.turns import turns

__all__ = ["ProbeResult", "PullReport", "StreamResult", "assign", "probe", "pull"]

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    import httpx

    from pipelines.events import OnEvent
    from pipelines.landing import Landing, LandingWriter
    from pipelines.settings import Settings
    from pipelines.sources.allowance import Ledger
    from pipelines.sources.base import Clients, Source
    from pipelines.sources.endpoint import Endpoint
    from pipelines.sources.outcomes import Quota
    from pipelines.sources.stream import Page

ACCOUNTS_AT_ONCE = 8
"""Per source. More would only wait for the same connections."""
FLUSH_EVERY_S = 10.0
"""What a kill may cost in reading time."""


def pull(
    settings: Settings,
    accounts: Iterable[Account],
    landing: Landing,
    *,
    sources: Collection[str] | None = None,
    plan: PullPlan | None = None,
    due_only: bool = False,
    ledger: Ledger | None = None,
    refused: RefusalBook | None = None,
    run_id: str | None = None,
    on_event: OnEvent = silent,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
) -> PullReport:
    """Read all accounts of all configured sources into the landing.

    Args:
        settings: which sources, which tokens, which clock.
        accounts: of all platforms; those of a platform that is off are skipped and told.
        landing: where the pages go; flushed at the end and every few seconds.
        sources: names to restrict the pull to.
        plan: how far to reach; its `resume` is filled from the landing.
        due_only: of each account only what its schedule says is due; where nothing is, it is skipped.
        ledger: counts what is taken of the platforms' allowances.
        refused: the metrics that accounts are refused; learns what is found out.
        run_id: name of the run; a new one if None.
        on_event: is told of progress, failures and what was skipped.
        transport: replaces the network in tests.
        clock: replaces time and chance in tests.

    Returns:
        What came; errors of single accounts are in it and not raised.

    Raises:
        ConfigurationError: an address is not one we send tokens to; nothing was asked.
        StorageError: the landing cannot be written.
    """
    plan = plan or PullPlan(now=settings.clock_now, post_window_days=settings.post_window_days)
    run_id = run_id or landing.new_run_id(datetime.now(UTC))
    keeper = Keeper(settings, transport=transport, clock=clock)
    book = refused if refused is not None else RefusalBook()
    crew = _Crew(keeper, landing, plan, on_event, book, run_id=run_id)
    work = assign(settings, accounts, plan, sources, crew.report)
    if due_only:
        crew.plans, idle = turns(settings, landing, work, plan)
        crew.report.skipped |= idle
        crew.report.idle = frozenset(idle)
        work = [(source, [one for one in own if one.account_id not in idle]) for source, own in work]
    for account_id, reason in crew.report.skipped.items():
        on_event(Event("skipped", account_id, detail=reason))
    connect = partial(
        _client, settings, transport=transport, clock=clock, on_quota=crew.note, keeper=keeper, ledger=ledger
    )
    try:
        with sighting() as crew.sightings:
            asyncio.run(crew.pull(work, connect))
    except ExceptionGroup as failed:
        raise first_of(failed) from None
    crew.report.tokens = standings(keeper, work)
    crew.report.refused = [one for one in book if one.source in {source.name for source, _ in work}]
    for what, text in _warnings(crew.report, keeper, book):
        on_event(Event("warning", what, detail=text))
    return crew.report


def _warnings(report: PullReport, keeper: Keeper, book: RefusalBook) -> Iterator[tuple[str, str]]:
    """What somebody should see to, though nothing is wrong with what was read."""
    yield from (("metric", text) for text in sentences(book.fresh))
    yield from ((f"version {source}", text) for source, text in report.versions.sentences.items())
    yield from ((f"token {name}", text) for name, text in keeper.warnings.items())
    yield from ((f"token {one.source} {one.account}", one.sentence) for one in report.tokens if one.needs_action)


def probe(
    settings: Settings,
    accounts: Iterable[Account],
    *,
    ledger: Ledger | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
) -> list[ProbeResult]:
    """Ask each account of each configured source one cheap question; for `syfte check`. No page is stored.

    Raises:
        ConfigurationError: an address is not one we send tokens to; nothing was asked.
    """
    plan = PullPlan(now=settings.clock_now)
    work = assign(settings, accounts, plan, None, PullReport(run_id=""))
    keeper = Keeper(settings, transport=transport, clock=clock)

    async def ask(clients: Clients, source: Source, account: Account) -> ProbeResult:
        try:
            await keeper.ready(source, account)
            answer = await source.probe(clients, account)
        except (*EXPECTED, StorageError) as error:
            return ProbeResult(source=source.name, account_id=account.account_id, error=error)
        await keeper.look(source, account)
        return ProbeResult(source=source.name, account_id=account.account_id, answer=answer)

    async def ask_all() -> list[ProbeResult]:
        found: list[ProbeResult] = []
        connect = partial(_client, settings, transport=transport, clock=clock, keeper=keeper, ledger=ledger, retries=1)
        async with ClientPool(connect) as clients:
            _check_addresses(work, clients)
            for source, own in work:
                found.extend(await asyncio.gather(*(ask(clients, source, account) for account in own)))
        return found

    return asyncio.run(ask_all())


def assign(
    settings: Settings,
    accounts: Iterable[Account],
    plan: PullPlan,
    names: Collection[str] | None,
    report: PullReport,
) -> list[tuple[Source, list[Account]]]:
    """Which source reads which accounts; the others are skipped with a reason."""
    sources = [source for source in configured_sources(settings) if names is None or source.name in names]
    by_name = {source.name: source for source in sources}
    own: dict[str, list[Account]] = {source.name: [] for source in sources}
    for account in accounts:
        name = PLATFORM_SOURCES.get(account.platform)
        if name is None or name not in by_name:
            report.skipped[account.account_id] = f"no source for {account.platform} is switched on"
        elif account.closed_at is not None and account.closed_at <= plan.now:
            report.skipped[account.account_id] = "the account is closed"
        elif account.opened_at is not None and account.opened_at > plan.now:
            report.skipped[account.account_id] = "the account is not open yet"
        else:
            own[name].append(account)
    for source in sources:
        if source.platform is None:
            whole = Account(account_id=source.name, platform=source.name, native_id=source.name, unit_id="")
            own[source.name] = [whole]
    return [(source, own[source.name]) for source in sources]


def _check_addresses(work: Iterable[tuple[Source, list[Account]]], clients: Clients) -> None:
    """A wrong address is told before anything is asked."""
    for source, accounts in work:
        for endpoint in source.endpoints(accounts):
            clients.at(endpoint)


def _client(
    settings: Settings,
    endpoint: Endpoint,
    *,
    transport: httpx.AsyncBaseTransport | None,
    clock: Clock | None,
    keeper: Keeper,
    ledger: Ledger | None,
    on_quota: Callable[[Quota], None] | None = None,
    retries: int = 5,
) -> HttpClient:
    proxy = settings.http.proxy
    return HttpClient(
        endpoint,
        transport=transport,
        concurrency=settings.http.concurrency,
        retries=retries,
        proxy=proxy.get_secret_value() if proxy else None,
        extra_hosts=settings.http.extra_hosts,
        on_quota=on_quota,
        admit=keeper.admit,
        ledger=ledger,
        clock=clock or Clock(wall=lambda: settings.clock_now),
    )


class _Crew:
    """One pull under way."""

    def __init__(
        self, keeper: Keeper, landing: Landing, plan: PullPlan, on_event: OnEvent, refused: RefusalBook, *, run_id: str
    ) -> None:
        self._keeper = keeper
        self._landing = landing
        self._plan = plan
        self._on_event = on_event
        self._refused = refused
        self._exhausted: dict[str, ExhaustedError] = {}
        self._flushed_at = time.monotonic()
        self.plans: dict[tuple[str, str], PullPlan] = {}
        self.sightings = Sightings()
        self.report = PullReport(run_id=run_id)

    def note(self, quota: Quota) -> None:
        """Keep the newest reading of each allowance."""
        self.report.quotas[quota.source, quota.name] = quota

    async def pull(
        self, work: Sequence[tuple[Source, list[Account]]], connect: Callable[[Endpoint], HttpClient]
    ) -> None:
        """All sources side by side; the landing is flushed even if one of them breaks."""
        async with ClientPool(connect) as clients:
            _check_addresses(work, clients)
            with self._landing.writer(self.report.run_id) as writer:
                async with asyncio.TaskGroup() as group:
                    for source, accounts in work:
                        group.create_task(self._source(source, accounts, clients, writer))

    async def _source(self, source: Source, accounts: list[Account], clients: Clients, writer: LandingWriter) -> None:
        slots = asyncio.Semaphore(ACCOUNTS_AT_ONCE)
        resume = {}
        if self._plan.young_only_hours is None:
            resume = self._landing.unfinished(source.name, now=datetime.now(UTC))
        name = f"pull {source.name}"
        self._on_event(Event("start", name, total=len(accounts)))
        done = 0

        async def one(account: Account) -> None:
            nonlocal done
            plan = self.plans.get((source.name, account.account_id), self._plan)
            places = {
                stream: Resume(cursor=cursor, number=number)
                for (stream, account_id), (cursor, number) in resume.items()
                if account_id == account.account_id and plan.young_only_hours is None
            }
            async with slots:
                known = self._refused.of(source.name, account.account_id)
                await self._account(source, clients, account, replace(plan, resume=places, refused=known), writer)
            done += 1
            self._on_event(Event("progress", name, done=done, total=len(accounts), detail=account.account_id))

        async with asyncio.TaskGroup() as group:
            for account in accounts:
                group.create_task(one(account))
        rows = sum(result.rows for result in self.report.results if result.source == source.name)
        self._on_event(Event("done", name, done=done, total=len(accounts), detail=f"{rows} objects"))

    async def _account(
        self, source: Source, clients: Clients, account: Account, plan: PullPlan, writer: LandingWriter
    ) -> None:
        results: dict[str, StreamResult] = {}
        last: list[Page] = []
        error: SyfteError | None = self._exhausted.get(source.name)
        if error is None:
            pages = reading(self._keeper, source, clients, account, plan)
            while True:
                try:
                    page = await anext(pages)
                except StopAsyncIteration:
                    break
                except (*EXPECTED, TokenDiskError) as raised:
                    error = raised
                    break
                except (
                    msgspec.DecodeError,
                    ValueError,
                    TypeError,
                    ArithmeticError,
                    RecursionError,
                ):  # their text may quote what a person wrote
                    error = SourceError(
                        f"{source.name} answered in a shape that is not known.",
                        do="Run again. If it stays, report it: the platform has changed its answers.",
                    )
                    break
                if _is_a_last_word(page):
                    last.append(page)
                else:
                    self._take(page, results, writer)  # outside the try: a full disk is not one account's failure
        for page in sorted(last, key=_is_of_the_account):
            whole = page.complete and (error is None or not _is_of_the_account(page))
            self._take(replace(page, complete=whole), results, writer)
        if isinstance(error, ExhaustedError):
            self._exhausted[source.name] = error
        self.report.results.extend(results.values())
        if error is not None:
            self.report.results.append(
                StreamResult(source=source.name, stream=None, account_id=account.account_id, error=error)
            )
            self._on_event(Event("failed", f"{source.name} {account.account_id}", detail=error.what))

    def _take(self, page: Page, results: dict[str, StreamResult], writer: LandingWriter) -> None:
        stream = page.stream
        result = results.setdefault(
            stream.name, StreamResult(source=stream.source, stream=stream.name, account_id=page.account_id)
        )
        result.pages += 1
        result.rows += len(page.rows)
        result.rejected += len(page.rejected)
        result.complete = page.complete
        if stream.role == "metric_status":
            self._refused.note(page)
        self.report.versions.note(page)
        writer.add(replace(page, strange_fields=self.sightings.fresh(stream.table)))
        if time.monotonic() - self._flushed_at > FLUSH_EVERY_S:
            writer.flush()
            self._flushed_at = time.monotonic()


def _is_of_the_account(page: Page) -> bool:
    return page.stream.role == "account"


def _is_a_last_word(page: Page) -> bool:
    """Whether a schedule takes a page for a sign that an account, or the list of its posts, was read to its end.

    It is kept back until all is read: a kill must not leave a list as read whose posts' figures are not.
    """
    return _is_of_the_account(page) or (page.stream.role == "posts" and page.complete)
