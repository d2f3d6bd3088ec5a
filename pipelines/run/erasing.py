"""`syfte erase`: what was asked to go goes from every place it lies in, and one row says that it did.

The order makes a kill harmless: the intention stands in the landing's log before anything is touched, the new segments
lie beside the old ones before the log says that they hold, and the last line is written when nothing is left. Whoever
comes next (`syfte erase`, `syfte purge`, the daily run) ends what was begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from pipelines.errors import ConfigurationError, UsageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing import Landing
from pipelines.landing.erasures import Erasure, Erasures, Marker, Reason, Scope
from pipelines.landing.matching import Named
from pipelines.landing.rewriting import rewrite, swap_in
from pipelines.run.ageing import aged, keep_weeks
from pipelines.run.archiving import require_archived
from pipelines.run.clearing import (
    clear_copies,
    clear_damage,
    clear_logs,
    clear_sheets,
    landings_aside,
    own_files_naming,
)
from pipelines.run.deciding import keep_what_rules_say
from pipelines.run.expiring import clean_backups, no_backup
from pipelines.run.healing import WarehouseHold
from pipelines.run.preparing import all_streams, present
from pipelines.run.pushing import push_after_run
from pipelines.run.reporting import forget_pictures, report_after_run
from pipelines.run.shipping import ship_after_run, ship_what_landed
from pipelines.run.tagging import require_built
from pipelines.settings import load_settings
from pipelines.warehouse.copying import write_anew
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.landing.rewriting import Edit
    from pipelines.project import Project
    from pipelines.sources.stream import Stream

Subject = Literal["post", "comment", "author", "account"]

_HANGS_ON: dict[str, tuple[tuple[str, str], ...]] = {
    "post": (("comment", "select comment_id from staging.stg_landing__comments where post_id = $id"),),
    "comment": (),
    "author": (("comment", "select comment_id from staging.stg_landing__comments where author = $id"),),
    "account": (
        ("post", "select post_id from marts.dim_post where account_id = $id"),
        ("post", "select post_id from raw.files__posts where account_id = $id"),
    ),
}
"""What goes with what is named: kind and the query that finds it."""

_IS_KNOWN = {
    "post": "select post_id from marts.dim_post where post_id = $id union all "
    "select post_id from raw.files__posts where post_id = $id union all "
    "select story_id from marts.fct_story_figure where story_id = $id",
    "comment": "select comment_id from staging.stg_landing__comments where comment_id = $id union all "
    "select interaction_id from raw.files__interactions where interaction_id = $id",
    "author": "select author from staging.stg_landing__comments where author = $id",
    "account": "select account_id from raw.pages where account_id = $id union all "
    "select account_id from raw.files__posts where account_id = $id union all "
    "select account_id from raw.files__accounts where account_id = $id",
}


@dataclass(frozen=True)
class Erased:
    """What an erasure came to, or would come to.

    Args:
        erasure: the proof, as it stands in the log.
        is_trial: nothing was done.
        own_files: files of the institution's own in the project that name the id; they are not ours to change.
    """

    erasure: Erasure
    is_trial: bool = False
    own_files: list[Path] = field(default_factory=list["Path"])


def erase(
    project: Project,
    kind: Subject,
    names: Sequence[str],
    *,
    reason: Reason,
    decision: str,
    scope: Scope = "all",
    needs_archive: bool = False,
    is_trial: bool = False,
    on_event: OnEvent = silent,
) -> Erased:
    """Take a post, a comment, a person's comments or an account out of everything this project holds.

    Args:
        project: whose.
        kind: what is named.
        names: their ids, `platform:native_id`; an author's is hashed here and never kept.
        reason: why.
        decision: number of the decision in the institution's register.
        scope: `content` leaves a post's ids, instants and figures, so that no KPI changes; `all` leaves nothing.
        needs_archive: a post or an account goes only if `syfte archive-export` has taken it out within the last week.
        is_trial: only tell what would go.
        on_event: told about each step.

    Raises:
        UsageError: nobody has read such a thing, goals.yaml still asks for the account, or it is not archived yet.
        ConfigurationError: an author cannot be hashed without SYFTE_PSEUDONYM_KEY.
        BusyError: another process writes the warehouse, or a backup is being made.
        StorageError: a file is damaged or the disk is full; run the command again, or `syfte purge`.
    """
    landing = Landing(project.landing_dir)
    natives = [name.partition(":")[2] or name for name in names]
    known = [_hashed(project, name) if kind == "author" else name for name in names]
    for name in names if kind == "account" else ():
        _refuse_if_still_read(project, name)
    asked = Erasure(
        erasure_id=Erasures.new_id(),
        state="intended",
        at=present(project),
        kind=kind,
        scope=scope,
        reason=reason,
        decision=decision,
        targets=(),
    )
    if is_trial:
        return Erased(_tried(project, asked, kind, known), is_trial=True, own_files=own_files_naming(project, natives))
    finish_all(project, on_event=on_event)
    with no_backup(project):
        with WarehouseHold(project, wait_s=600) as hold:
            marker = landing.erasures.marker()
            named = hold.do(lambda con: _named_by(con, project, kind, known, scope))
            for name in known if needs_archive and kind in ("post", "account") else ():
                require_archived(project, kind, name)
            erasure = msgspec.structs.replace(asked, targets=tuple(sorted({marker(*one) for one in named})))
            if scope == "content":
                keep_what_rules_say(hold.connection, landing, known, at=erasure.at)
            landing.erasures.write(erasure)
            erasure = _rewrite(landing, erasure, on_event)
        counts = {"logs": clear_logs(project, natives)}
        erasure = finish(project, erasure, on_event=on_event, counts=counts)
    return Erased(erasure, own_files=own_files_naming(project, natives))


def _tried(project: Project, asked: Erasure, kind: Subject, known: list[str]) -> Erasure:
    """What an erasure would come to."""
    marker = Marker(b"trial")
    with WarehouseHold(project, wait_s=600) as hold:
        named = hold.do(lambda con: _named_by(con, project, kind, known, asked.scope))
        erasure = msgspec.structs.replace(asked, targets=tuple(marker(*one) for one in named))
        swaps, streams = rewrite(Landing(project.landing_dir), _named(erasure, marker), is_trial=True)
    return msgspec.structs.replace(erasure, swaps=tuple(swaps), streams=tuple(streams))


def _named_by(
    con: duckdb.DuckDBPyConnection, project: Project, kind: Subject, known: list[str], scope: Scope
) -> list[tuple[str, str]]:
    """What is named, and what hangs on it where all of it goes: kind and id."""
    load(con, Landing(project.landing_dir), all_streams())
    require_built(con)
    for name in known:
        _require_known(con, kind, name)
    hanging = [one for name in known for one in _hanging_on(con, kind, name)] if scope == "all" else []
    return [*((kind, name) for name in known), *hanging]


def erase_posts_content(project: Project, post_ids: list[str], *, decision: str, on_event: OnEvent = silent) -> Erasure:
    """Take the content of posts away that a platform says are deleted; a post that comes back is read again.

    Raises:
        BusyError: another process writes the warehouse, or a backup is being made.
        StorageError: a file is damaged or the disk is full.
    """
    landing = Landing(project.landing_dir)
    with no_backup(project):
        with WarehouseHold(project, wait_s=600) as hold:
            marker, at = landing.erasures.marker(), present(project)
            keep_what_rules_say(hold.connection, landing, post_ids, at=at)
            erasure = Erasure(
                erasure_id=Erasures.new_id(),
                state="intended",
                at=at,
                before=at,
                kind="post",
                scope="content",
                reason="deleted_on_platform",
                decision=decision,
                targets=tuple(sorted(marker("post", post_id) for post_id in post_ids)),
            )
            landing.erasures.write(erasure)
            erasure = _rewrite(landing, erasure, on_event)
        return finish(project, erasure, on_event=on_event)


def finish_all(project: Project, *, on_event: OnEvent = silent) -> list[Erasure]:
    """End every erasure that a kill cut off. Costs nothing where there is none."""
    unfinished = Landing(project.landing_dir).erasures.unfinished()
    return [carry_out(project, erasure, on_event=on_event) for erasure in unfinished]


def carry_out(project: Project, erasure: Erasure, *, on_event: OnEvent = silent) -> Erasure:
    """Do what the log says is intended, from wherever a kill left it.

    Raises:
        BusyError: another process writes the warehouse, or a backup is being made.
        StorageError: a file is damaged or the disk is full.
    """
    with no_backup(project):
        if erasure.state == "intended":
            with WarehouseHold(project, wait_s=600) as hold:
                hold.do(lambda con: keep_weeks(con, project, erasure))
                erasure = _rewrite(Landing(project.landing_dir), erasure, on_event)
        return finish(project, erasure, on_event=on_event)


def reapply(
    landing: Landing,
    log: Iterable[Erasure],
    *,
    marker: Marker | None = None,
    lost: Collection[str] = (),
    on_event: OnEvent = silent,
) -> int:
    """Erase again what a log says was erased, in a landing that an older copy was put into.

    Args:
        landing: restored, with the log's key; nothing of it is loaded yet. Only the warehouse's writer may do this.
        log: of the project as it was before.
        marker: hashes with the log's key; None where the landing has the same.
        lost: segments of the landing that are known to be gone.
        on_event: told about each step.

    Returns:
        How many of them the restored landing did not know.
    """
    known = {erasure.erasure_id for erasure in landing.erasures.all() if erasure.state != "intended"}
    missed = [erasure for erasure in log if erasure.erasure_id not in known]
    for erasure in missed:
        again = msgspec.structs.replace(erasure, state="intended", swaps=(), streams=())
        written = _rewrite(landing, again, on_event, marker=marker, lost=lost)
        landing.erasures.write(msgspec.structs.replace(written, state="done", done_at=datetime.now(UTC)))
    return len(missed)


def finish(
    project: Project, erasure: Erasure, *, on_event: OnEvent = silent, counts: Mapping[str, int] | None = None
) -> Erasure:
    """Bring everything else to what the landing holds now: copies, sheets, warehouse, published copy, the file itself.

    The caller sees to it that no backup is made meanwhile (`no_backup`).

    Args:
        project: whose.
        erasure: whose segments are written anew.
        on_event: told about each step.
        counts: what went elsewhere already, by place.
    """
    from pipelines.defs.in_process import materialize_build  # noqa: PLC0415  # dagster costs over a second to import

    landing = Landing(project.landing_dir)
    swap_in(landing, erasure.swaps)
    marker = landing.erasures.marker() if erasure.kind != "retention" else None
    cleared = {**erasure.counts, **(counts or {})}
    if marker is not None:
        targets = set(erasure.targets)
        on_event(Event("progress", "erase", detail="copies, sheets and drafts"))
        cleared["sheet_rows"] = clear_sheets(
            project, lambda post_id: marker("post", post_id) in targets, whole=erasure.scope == "all"
        )
    materialize_build(project, as_of=present(project), on_event=on_event)
    with WarehouseHold(project, wait_s=600) as hold:
        hold.take()
        write_anew(project.warehouse_path, wait_s=600)
        _reach_aside(project, on_event)
        cleared["copies"] = clear_copies(project)
    cleared["backups"] = clean_backups(project)
    _, pushing = push_after_run(project, on_event=on_event)
    forget_pictures(project)
    _, reporting = report_after_run(project, on_event=on_event)
    shipping = ship_after_run(project, erased=True, on_event=on_event)
    for error in (pushing, shipping, reporting):
        if error is not None:
            raise error  # not done while a dashboard, a store or a page has it: the next `syfte erase` or purge ends it
    done = msgspec.structs.replace(
        erasure, state="done", counts={name: n for name, n in cleared.items() if n}, done_at=datetime.now(UTC)
    )
    landing.erasures.write(done)
    ship_what_landed(project, on_event=on_event)  # this line alone: the next run ships it too
    on_event(Event("done", "erase", detail=f"{done.rows} rows gone, {done.changed} blanked"))
    return done


def _reach_aside(project: Project, on_event: OnEvent) -> None:
    """Erase in the landings that a restore set aside what was ever erased in the project's own."""
    log = Landing(project.landing_dir).erasures
    for folder in landings_aside(project):
        landing = Landing(folder / "data" / "landing")
        lost = clear_damage(landing)
        if lost:
            said = f"{len(lost)} files of {folder.relative_to(project.root)} were damaged and are removed"
            on_event(Event("warning", "erase", detail=said))
        named = [erasure for erasure in log.all() if erasure.kind != "retention"]
        reapply(landing, named, marker=log.marker() if named else None, lost=lost, on_event=on_event)


def _rewrite(
    landing: Landing,
    erasure: Erasure,
    on_event: OnEvent,
    *,
    marker: Marker | None = None,
    lost: Collection[str] = (),
) -> Erasure:
    on_event(Event("start", "erase", detail="the landing"))
    edit = edit_of(erasure, landing) if marker is None else _named(erasure, marker)
    swaps, streams = rewrite(landing, edit, lost=lost)
    written = msgspec.structs.replace(erasure, state="rewritten", swaps=tuple(swaps), streams=tuple(streams))
    landing.erasures.write(written)
    swap_in(landing, swaps)
    return written


def edit_of(erasure: Erasure, landing: Landing) -> Edit:
    """What an erasure takes out of the landing, known from its line in the log alone."""
    if erasure.kind == "retention":
        return aged(landing, erasure)
    return _named(erasure, landing.erasures.marker())


def _named(erasure: Erasure, marker: Marker) -> Named:
    return Named.of([erasure], naming_streams(), marker)


def naming_streams() -> dict[tuple[str, str], Stream]:
    """Streams whose rows name posts, comments, people or accounts."""
    return {
        (s.source, s.name): s
        for s in all_streams()
        if s.post_key or s.role == "comments" or (s.file_based and "account_id" in s.record.__struct_fields__)
    }


def _hashed(project: Project, name: str) -> str:
    from pipelines.sources.comments import Pseudonyms  # noqa: PLC0415

    key = load_settings(project.root).pseudonym_key
    platform, _, native = name.partition(":")
    if key is None:
        raise ConfigurationError(
            "A person's comments cannot be found without the key that hashed their authors.",
            where="SYFTE_PSEUDONYM_KEY",
            do="Set it to the key with which the comments were read.",
        )
    if not native:
        raise UsageError(
            "An author is named with the platform.", where="AUTHOR", do="Write platform:id, such as facebook:12345."
        )
    return Pseudonyms(key).of(platform, native)


def _refuse_if_still_read(project: Project, name: str) -> None:
    from pipelines.goals import load_goals  # noqa: PLC0415

    if any(account.account_id == name for account in load_goals(project.goals_path).accounts):
        raise UsageError(
            f"goals.yaml still asks for the account {name}: the next run would read it again.",
            where=str(project.goals_path),
            do="Take it out of `accounts` first.",
        )


def _require_known(con: duckdb.DuckDBPyConnection, kind: Subject, name: str) -> None:
    if not con.execute(_IS_KNOWN[kind], {"id": name}).fetchall():
        raise UsageError(
            f"Nothing that is kept names this {kind}.",
            where=kind.upper(),
            do="Write its id as platform:native_id; after a pull or an import, `syfte run` first.",
        )


def _hanging_on(con: duckdb.DuckDBPyConnection, kind: Subject, name: str) -> list[tuple[str, str]]:
    return [(of, row[0]) for of, query in _HANGS_ON[kind] for row in con.execute(query, {"id": name}).fetchall()]
