"""The ledger of allowances: what all runs of a project together have taken of what the platforms allow.

One small SQLite file under `data/`; or, where runs share no disk, a schema in a PostgreSQL (`postgres/ledger.py`). The
rules and the SQL are the same. A request's cost is set aside before it is sent and booked when it is answered,
each in one transaction, so that runs side by side cannot pass a limit that each of them would have kept. A run that is
killed leaves reservations behind: they lapse after `LAPSE_S`. Requests and units are then given back, because the
platform itself corrects us; money stays counted, because the platform may have charged it.

Days and months are those of the project's clock; shorter windows are a matter of pace, and of the ledger's clock: the
machine's, or the database's.
"""

from __future__ import annotations

import secrets
import sqlite3
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pipelines.errors import StorageError
from pipelines.sources.allowance import BudgetError, Reservation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from pipelines.sources.allowance import Allowance, Cost

T = TypeVar("T")

LAPSE_S = 900.0
"""A request takes two minutes at the longest; whoever has not answered for it by now is dead."""
OTHERS_S = 0.05
"""How long to wait for the requests of others before looking again whether they cost as much as they might have."""
KEPT = timedelta(days=400)
_ROUNDING = 1e-9

TABLES = """
create table if not exists spent (
    source text not null, name text not null, host text not null, starts_at {real} not null, ends_at {real} not null,
    unit text not null, amount {real} not null, primary key (source, name, host, starts_at)
) {strict};
create table if not exists reserved (
    token {whole} not null, source text not null, name text not null, host text not null, starts_at {real} not null,
    ends_at {real} not null, unit text not null, amount {real} not null, per_request {real} not null,
    per_object {real} not null, lapses_at {real} not null
) {strict};
create index if not exists reserved_by_token on reserved (token);
create table if not exists closed (
    source text not null, name text not null, host text not null, reopens_at {real} not null, why text not null,
    said_at {real} not null, used {real} not null, primary key (source, name, host)
) {strict};
"""
"""Of the ledger; each database has its own words for 64 bits."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an allowance stands in its present period.

    Args:
        host: the server, where each has its own count; empty otherwise.
        used: booked in the period, in `unit`.
        held: set aside for requests under way, or of a run that died (money only).
        closed_until: the platform says that it is used up until then; None otherwise.
        seen_limit: what had been used when the platform last said that it was used up; None if it never did.
    """

    source: str
    name: str
    host: str
    unit: str
    used: float
    held: float
    starts_at: datetime
    resets_at: datetime
    closed_until: datetime | None = None
    seen_limit: float | None = None


class DatabaseLedger(ABC):
    """A ledger in a database; see `sources.allowance.Ledger`. Which database is for the adapter to say.

    Args:
        caps: (source, allowance) to the limit that the institution sets; it holds where it is the lower one.
        today: the project's clock, UTC, for days and months; None for the ledger's own.
    """

    def __init__(
        self, *, caps: Mapping[tuple[str, str], float] | None = None, today: Callable[[], datetime] | None = None
    ) -> None:
        self._caps = caps or {}
        self._project_clock = today
        self._at = datetime.now(UTC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close()

    @abstractmethod
    def _changing(self) -> AbstractContextManager[datetime]:
        """A transaction that no other run's overlaps: what is read in it stands until it ends.

        Returns:
            The ledger's clock, UTC: for windows shorter than a day, and for what lapses.
        """

    @abstractmethod
    def _execute(self, text: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for each value; the rows it gives."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of the database."""

    def _alone(self, work: Callable[[], T]) -> T:
        """Do something in a transaction of its own."""
        with self._changing() as at:
            self._at = at
            return work()

    def _begin(self) -> None:
        """Forget what is too old to matter, and what dead runs had set aside."""
        self._execute("delete from spent where ends_at < ?", [(self._at - KEPT).timestamp()])
        self._lapse()

    def _today(self) -> datetime:
        return self._project_clock() if self._project_clock else self._at

    def limit(self, source: str, allowance: Allowance) -> float | None:
        """What may be used in a period: the platform's limit or the institution's, whichever is lower."""
        known = [one for one in (allowance.limit, self._caps.get((source, allowance.name))) if one is not None]
        return min(known, default=None)

    def reserve(self, source: str, host: str, costs: Sequence[Cost], objects: int) -> Reservation:
        """Set aside what a request may cost at most; see `Ledger.reserve`."""
        token = secrets.randbits(62)

        def take() -> Reservation:
            for cost in costs:
                if waiting := self._wait(source, host, cost, objects):
                    return waiting
            lapses = self._at.timestamp() + LAPSE_S
            for cost in costs:
                kind = cost.allowance
                held = (*self._place(source, host, kind), *self._window(kind), kind.unit, cost.of(objects))
                self._execute(
                    "insert into reserved values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [token, *held, cost.per_request, cost.per_object, lapses],
                )
            return self._numbered(token, source, host, costs)

        return self._alone(take)

    def settle(self, reservation: Reservation, objects: int | None) -> None:
        """Book what an answer cost; see `Ledger.settle`."""
        amount = "amount" if objects is None else "per_request + per_object * ?"
        self._book(reservation, amount, [] if objects is None else [objects])

    def refuse(self, reservation: Reservation) -> None:
        """Book a refused request; see `Ledger.refuse`."""
        self._book(reservation, "case unit when 'USD' then 0.0 else per_request end", [])

    def release(self, reservation: Reservation) -> None:
        """Give back what was set aside; see `Ledger.release`."""
        self._alone(lambda: self._execute("delete from reserved where token = ?", [reservation.token]))

    def close(self, source: str, host: str, costs: Sequence[Cost], why: str) -> datetime | None:
        """Nobody asks before the used-up allowances are whole; see `Ledger.close`."""
        stocks = {cost.allowance for cost in costs if not cost.allowance.is_short}
        return self._alone(lambda: max((self._close_one(source, host, one, why) for one in stocks), default=None))

    def _close_one(self, source: str, host: str, allowance: Allowance, why: str) -> datetime:
        place = self._place(source, host, allowance)
        # what is refused just after midnight is refused for the day before
        period = allowance.window(self._today() - allowance.reopens_after)
        start, end = (moment.timestamp() for moment in period)
        reopens = end + allowance.reopens_after.total_seconds()
        self._execute(_CLOSE, [*place, reopens, why, self._today().timestamp(), sum(self._taken(place, start))])
        return datetime.fromtimestamp(reopens, UTC)

    def standings(self) -> list[Standing]:
        """The present or the newest period of everything that was ever counted, by source and name."""
        rows, today = self._alone(lambda: (self._execute(_STANDINGS), self._today().timestamp()))
        return [
            Standing(
                source=source,
                name=name,
                host=host,
                unit=unit,
                used=used,
                held=held,
                starts_at=datetime.fromtimestamp(start, UTC),
                resets_at=datetime.fromtimestamp(end, UTC),
                closed_until=datetime.fromtimestamp(reopens, UTC) if reopens and reopens > today else None,
                seen_limit=seen,
            )
            for source, name, host, unit, used, held, start, end, reopens, seen in rows
        ]

    def _wait(self, source: str, host: str, cost: Cost, objects: int) -> Reservation | None:
        """None if there is room for a request; else how long to wait for it.

        Raises:
            BudgetError: there is none before the day or the month is over.
        """
        allowance = cost.allowance
        place = self._place(source, host, allowance)
        said = "select reopens_at, why from closed where source = ? and name = ? and host = ?"
        for reopens, why in self._execute(said, place):
            if reopens > self._today().timestamp():
                raise self._refusal(source, allowance, reopens, f"the platform says so: {why}")
        limit = self.limit(source, allowance)
        if limit is None:
            return None
        start, end = self._window(allowance)
        most = limit + _ROUNDING * max(limit, 1.0) - cost.of(objects)
        before = self._still_in_sight(allowance, place, start, end)
        if sum(self._taken(place, start)) + before <= most:
            return None
        self._lapse()
        if sum(self._taken(place, start)) + before <= most:
            return None
        if allowance.is_short:
            wait = 1.0 if allowance.is_sliding else end - self._at.timestamp()
            return Reservation(wait_s=max(wait, OTHERS_S), why=f"{allowance.name} is used up")
        [(lapsed_money,)] = self._execute(_LAPSED_MONEY, [*place, start, self._at.timestamp()])
        spent = self._taken(place, start)[0] + float(lapsed_money)
        if spent <= most:
            return Reservation(wait_s=OTHERS_S, why=f"what is left of {allowance.name} is under way")
        said = (
            f"{_plain(spent)} of {_plain(limit)} {allowance.unit}; the next request may cost {_plain(cost.of(objects))}"
        )
        raise self._refusal(source, allowance, end + allowance.reopens_after.total_seconds(), said)

    def _refusal(self, source: str, allowance: Allowance, reopens_at: float, said: str) -> BudgetError:
        until = datetime.fromtimestamp(reopens_at, UTC)
        is_ours = (source, allowance.name) in self._caps
        raised = "raise its budget in goals.yaml, or " if is_ours else ""
        return BudgetError(
            f"{source}'s allowance `{allowance.name}` of this {allowance.period} is used up ({said}).",
            seconds=max(reopens_at - self._today().timestamp(), 1.0),
            where="goals.yaml, budgets" if is_ours else f"docs/sources/{source}.md",
            do=f"Run again from {until:%Y-%m-%d %H:%M} UTC; {raised}read rarer (SYFTE_{source.upper()}__SCHEDULE). "
            "Everything read so far is kept, and the other sources go on. `syfte plan --budget` tells what fits.",
        )

    def _book(self, reservation: Reservation, amount: str, values: list[int]) -> None:
        def book() -> None:
            self._execute(_BOOK.format(amount=amount), [*values, reservation.token])
            self._execute("delete from reserved where token = ?", [reservation.token])

        self._alone(book)

    def _lapse(self) -> None:
        """Give back what dead runs had set aside, but for money: that may have been charged."""
        self._execute("delete from reserved where lapses_at < ? and unit <> 'USD'", [self._at.timestamp()])

    def _still_in_sight(self, allowance: Allowance, place: tuple[str, str, str], start: float, end: float) -> float:
        """What a sliding window still sees of the one before, as if that had been taken evenly."""
        if not allowance.is_sliding:
            return 0.0
        length = end - start
        return sum(self._taken(place, start - length)) * (end - self._at.timestamp()) / length

    def _numbered(self, token: int, source: str, host: str, costs: Sequence[Cost]) -> Reservation:
        for told in (cost.allowance for cost in costs if cost.allowance.is_told):
            start, _ = self._window(told)
            spent, held = self._taken(self._place(source, host, told), start)
            return Reservation(token=token, number=spent + held, under_way=held, since=start)
        return Reservation(token=token)

    def _taken(self, place: tuple[str, str, str], start: float) -> tuple[float, float]:
        """What is booked and what is set aside."""
        [(spent, held)] = self._execute(_TAKEN, [*place, start, *place, start])
        return float(spent), float(held)

    def _place(self, source: str, host: str, allowance: Allowance) -> tuple[str, str, str]:
        return source, allowance.name, host if allowance.per == "host" else ""

    def _window(self, allowance: Allowance) -> tuple[float, float]:
        start, end = allowance.window(self._at if allowance.is_short else self._today())
        return start.timestamp(), end.timestamp()


_SPENT = "select coalesce(sum(amount), 0.0) from spent where source = ? and name = ? and host = ? and starts_at = ?"
_HELD = _SPENT.replace("spent", "reserved")
_TAKEN = f"select ({_SPENT}), ({_HELD})"
_LAPSED_MONEY = f"{_HELD} and unit = 'USD' and lapses_at < ?"

_BOOK = """
insert into spent
select source, name, host, starts_at, ends_at, unit, sum({amount}) from reserved where token = ?
group by source, name, host, starts_at, ends_at, unit
on conflict (source, name, host, starts_at) do update set amount = spent.amount + excluded.amount
"""

_CLOSE = """
insert into closed values (?, ?, ?, ?, ?, ?, ?)
on conflict (source, name, host) do update
set reopens_at = excluded.reopens_at, why = excluded.why, said_at = excluded.said_at, used = excluded.used
"""

_STANDINGS = """
with everything as (
    select source, name, host, unit, starts_at, ends_at, amount as used, 0.0 as held from spent
    union all
    select source, name, host, unit, starts_at, ends_at, 0.0, amount from reserved
),
periods as (
    select source, name, host, unit, sum(used) as used, sum(held) as held, starts_at, max(ends_at) as ends_at,
        row_number() over (partition by source, name, host order by starts_at desc) as place
    from everything
    group by source, name, host, unit, starts_at
)
select source, name, host, unit, periods.used, held, starts_at, ends_at, reopens_at, closed.used
from periods
left join closed using (source, name, host)
where place = 1
order by source, name, host
"""


class SqliteLedger(DatabaseLedger):
    """The ledger of a project on one machine.

    Args:
        path: the file; made if it is not there.
        caps: see `DatabaseLedger`.
        today: see `DatabaseLedger`.
        now: the machine's clock, UTC.

    Raises:
        StorageError: the file is damaged or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        caps: Mapping[tuple[str, str], float] | None = None,
        today: Callable[[], datetime] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(caps=caps, today=today)
        self._path = path
        self._now = now
        with self._readable():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._con = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._con.execute("pragma journal_mode = wal")
            self._con.execute("pragma synchronous = normal")  # a kill loses nothing; a power cut the last moments
            self._con.executescript(TABLES.format(real="real", whole="integer", strict="strict"))
        self._alone(self._begin)

    def _execute(self, text: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._con.execute(text, tuple(values)).fetchall()

    def _close(self) -> None:
        self._con.close()

    @contextmanager
    def _changing(self) -> Generator[datetime]:
        with self._readable():
            self._con.execute("begin immediate")
            try:
                yield self._now()
            except BaseException:
                self._con.execute("rollback")
                raise
            self._con.execute("commit")

    @contextmanager
    def _readable(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"The ledger of allowances cannot be used: {error}.",
                where=str(self._path),
                do="Free space or mend the permissions. If the file is damaged, move it aside: counting begins anew, "
                "and until the month is over nobody knows what was spent before.",
            ) from None


def _plain(amount: float) -> str:
    return f"{amount:,.4f}".rstrip("0").rstrip(".")
