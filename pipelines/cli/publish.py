"""`syfte publish`: the published tables into a PostgreSQL."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def publish(
    context: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://user@host:5432/database; default: SYFTE_POSTGRES_URL."),
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="NAME", help="Syfte's own schema there; default: SYFTE_POSTGRES_SCHEMA.")
    ] = None,
    readers: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="A role that may read the tables; default: SYFTE_POSTGRES_READERS."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Compare every row, also of tables that have not changed since the last push."),
    ] = False,
) -> None:
    """Push the published tables to PostgreSQL, for dashboards that cannot open a DuckDB file.

    In one transaction, with types, keys and comments; readers are never shut out and never see half. Only rows that
    differ are written. Tables that are no longer published are dropped, others' are left alone. The password belongs in
    SYFTE_POSTGRES_URL, PGPASSWORD or ~/.pgpass, never on the command line. With the first set, every run pushes.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        done = run.push_published(
            Session.of(context).project, to=to, schema=schema, readers=readers, compare_all=full, on_event=on_event
        )
    typer.echo(f"{done.place}, schema {done.schema}")
    note(
        f"{len(done.rows)} tables, {sum(done.rows.values())} rows. {len(done.changed)} tables had changed: "
        f"{done.inserted} rows in, {done.deleted} out. {len(done.dropped)} tables dropped."
    )
