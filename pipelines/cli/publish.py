"""`syfte publish`: the published tables into a PostgreSQL or an object store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note

if TYPE_CHECKING:
    from pipelines.run import Pushed, Written


def publish(
    context: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="postgresql://user@host:5432/database or s3://bucket/folder; default: SYFTE_POSTGRES_URL, "
            "SYFTE_PUBLISHED_URL.",
        ),
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
    """Push the published tables to PostgreSQL, or to object storage as Parquet.

    To PostgreSQL for dashboards that cannot open a DuckDB file: in one transaction, with types, keys and comments; only
    rows that differ are written, and others' tables are left alone. To object storage: new files, then
    publication.json, which names them. Readers always see one whole publication. Passwords and keys belong in settings,
    never on the command line. With SYFTE_POSTGRES_URL or SYFTE_PUBLISHED_URL set, every run pushes there.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    for place in run.places(project, to):
        with narrated() as on_event:
            if place == "objects":
                _tell_written(run.publish_to_objects(project, to=to, on_event=on_event))
            else:
                _tell_pushed(
                    run.push_published(
                        project, to=to, schema=schema, readers=readers, compare_all=full, on_event=on_event
                    )
                )


def _tell_pushed(done: Pushed) -> None:
    typer.echo(f"{done.place}, schema {done.schema}")
    note(
        f"{len(done.rows)} tables, {sum(done.rows.values())} rows. {len(done.changed)} tables had changed: "
        f"{done.inserted} rows in, {done.deleted} out. {len(done.dropped)} tables dropped."
    )


def _tell_written(done: Written) -> None:
    typer.echo(f"{done.url}/{done.present.folder}")
    rows = sum(table.rows for table in done.present.tables.values())
    note(f"{len(done.present.tables)} tables, {rows} rows. {done.written} objects written, {done.removed} removed.")
