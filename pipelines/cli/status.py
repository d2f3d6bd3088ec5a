"""`syfte status`: what was read when, how fresh it is, what is missing, and what is used of what platforms allow."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.cli.speaking import note

if TYPE_CHECKING:
    from pipelines.objects.known import Behind, Failed
    from pipelines.run import StatusReport


def status(
    context: typer.Context,
    fmt: Annotated[
        formats.Format, typer.Option("--format", help="How to print it; json has everything in one object.")
    ] = "table",
    accounts: Annotated[
        bool, typer.Option("--accounts", help="A row for each account, not one for all of a stream.")
    ] = False,
    seen: Annotated[
        bool, typer.Option("--seen", help="Say that you have seen what was damaged, so that it is not told again.")
    ] = False,
) -> None:
    """Print what was read when, and what is missing.

    Also how old it is, accounts never read, what is used of what platforms allow, and how far the object store is, as
    this machine knows it: the store is not asked. Answers while a run writes.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    if seen:
        note(f"{len(run.see_incidents(project))} incidents noted as seen; data/incidents.jsonl keeps them.")
    report = run.status(project)
    if fmt == "json":
        _as_json(report)
    else:
        _as_tables(report, fmt, accounts=accounts)


def _as_json(report: StatusReport) -> None:
    import dataclasses  # noqa: PLC0415
    import json  # noqa: PLC0415

    import msgspec  # noqa: PLC0415

    def plain(value: Any) -> Any:  # noqa: ANN401  # whatever a report holds
        if isinstance(value, dt.timedelta):
            return value.total_seconds()
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        if isinstance(value, msgspec.Struct):
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        if isinstance(value, list):
            return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return formats.plain_value(value)

    typer.echo(json.dumps(plain(report), indent=2))


def _as_tables(report: StatusReport, fmt: formats.Format, *, accounts: bool) -> None:
    published = f"{report.as_of:%Y-%m-%d %H:%M} UTC" if report.as_of else "nothing published yet; run `syfte run`"
    for title, names, rows, numbers in (
        (
            "DAMAGED FILES WERE FOUND: `syfte status --seen` once you have seen to them",
            ["found (UTC)", "what", "what was done", "where", "kept in"],
            [[_utc(i.at), i.what, i.done, i.where, i.folder] for i in report.incidents],
            (),
        ),
        (
            "",
            ["", ""],
            [["published", published], ["database", str(report.database)], *_backup(report), *_shipped(report)],
            (),
        ),
        _read_by_account(report) if accounts else _read_by_stream(report),
        ("Never read", ["account"], [[account] for account in report.never_read], ()),
        (
            "Days without a value",
            ["KPI", "from", "to", "days"],
            [[gap.kpi_id, gap.first_date, gap.last_date, gap.days] for gap in report.gaps],
            (3,),
        ),
        ("Versions to see to", ["version"], [[text] for text in report.versions], ()),
        ("Metrics that are not offered", ["metric"], [[text] for text in report.refused], ()),
        (
            "Fields that platforms have begun to send; nothing reads them",
            ["source", "stream", "field", "since (UTC)"],
            [[f.source, f.stream, f.name, _utc(f.first_seen_at)] for f in report.strange_fields],
            (),
        ),
        (
            "Tokens that need somebody",
            ["source", "account", "state", "ends (UTC)", "days left", "what to do"],
            [
                [t.source, t.account, t.state, _utc(t.expires_at) if t.expires_at else None, t.days_left, t.do]
                for t in report.tokens
            ],
            (4,),
        ),
        (
            "Allowances",
            ["source", "allowance", "used", "limit", "unit", "resets (UTC)", "known from", ""],
            [
                [
                    a.source, f"{a.name} ({a.host})" if a.host else a.name, a.used, a.limit, a.unit,
                    _utc(a.resets_at) if a.resets_at else None, a.known_from, a.note,
                ]
                for a in (report.allowances if accounts else report.tightest)
            ],
            (2, 3),
        ),
    ):  # fmt: skip
        if rows:
            if title and fmt != "csv":
                typer.echo(f"\n{'## ' if fmt == 'markdown' else ''}{title}" + ("\n" if fmt == "markdown" else ""))
            formats.write(fmt, names, rows, numbers=numbers)


def _backup(report: StatusReport) -> list[list[Any]]:
    standing = report.backup
    if standing is None:
        return []
    made = (
        f"{_utc(standing.made_at)} UTC ({_age(standing.age)} ago)" if standing.made_at and standing.age else "none yet"
    )
    late = "; WARNING: more than a day without one, run `syfte backup`" if standing.is_late else ""
    return [["backup", f"{made}{late}"]]


def _shipped(report: StatusReport) -> list[list[Any]]:
    rows: list[list[Any]] = []
    if (landing := report.shipped_landing) is not None:
        said = [f"nothing shipped to {landing.url} yet, as far as is known here"]
        if landing.shipped_at is not None and landing.age is not None and landing.behind is not None:
            seen = f"seen from here {_age(landing.age)} ago"
            said = [
                f"state {landing.generation} of {_utc(landing.shipped_at)} UTC, {seen}: {_behind(landing.behind)}",
                *_warnings(landing.behind),
            ]
        rows.append(["shipped landing", "; ".join([*said, *_failed(landing.failed)])])
    if (tables := report.shipped_tables) is not None:
        said = [f"nothing published to {tables.url} yet, as far as is known here"]
        if tables.as_of is not None and tables.age is not None:
            said = [f"as of {_utc(tables.as_of)} UTC, written from here {_age(tables.age)} ago"]
            if tables.is_behind:
                said.append("WARNING: readers here see later figures, run `syfte publish`")
        rows.append(["shipped tables", "; ".join([*said, *_failed(tables.failed)])])
    return rows


def _behind(behind: Behind) -> str:
    if not behind.files:
        return "all that landed here"
    return f"{behind.files} files ({behind.size / 1e6:.1f} MB), {behind.segments} of them segments, are not there yet"


def _warnings(behind: Behind) -> list[str]:
    said: list[str] = []
    if behind.erased:
        said.append("WARNING: what was erased here is still there, run `syfte landing ship`")
    if behind.lacking:
        said.append(f"WARNING: {behind.lacking} files there are not here, run `syfte landing fetch`")
    return said


def _failed(failed: Failed | None) -> list[str]:
    return [f"WARNING: the last try, {_utc(failed.at)} UTC, failed: {failed.what}"] if failed else []


_Table = tuple[str, list[str], list[list[Any]], tuple[int, ...]]
"""Title, names of the columns, rows, and which columns are numbers."""


def _read_by_stream(report: StatusReport) -> _Table:
    names = ["source", "stream", "accounts", "not to the end", "oldest reading (UTC)", "age", "rows", "kept aside"]
    rows = [
        [
            s.source, s.stream, s.accounts, s.incomplete, _utc(s.oldest_read_at), _age(s.age), s.rows_stored,
            s.rows_quarantined,
        ]
        for s in report.summaries
    ]  # fmt: skip
    return "Read", names, rows, (2, 3, 6, 7)


def _read_by_account(report: StatusReport) -> _Table:
    names = ["source", "stream", "account", "last read (UTC)", "age", "complete", "rows", "kept aside"]
    rows = [
        [
            s.source, s.stream, s.account_id, _utc(s.last_read_at), _age(s.age), "yes" if s.is_complete else "no",
            s.rows_stored, s.rows_quarantined,
        ]
        for s in report.streams
    ]  # fmt: skip
    return "Read", names, rows, (6, 7)


def _utc(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M}"


def _age(age: dt.timedelta) -> str:
    hours = age / dt.timedelta(hours=1)
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
