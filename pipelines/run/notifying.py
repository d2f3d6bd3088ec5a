"""`syfte notify`: what is new since somebody was told last, and telling it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  # msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from pipelines.api_versions import sunsets
from pipelines.errors import BusyError, ConfigurationError, StorageError, SyfteError
from pipelines.events import Event, OnEvent, silent
from pipelines.goals import load_goals
from pipelines.landing.writer import write_durably
from pipelines.locks import held
from pipelines.notices.digest import (
    Digest,
    Notice,
    news,
    refused_notice,
    stale_notice,
    token_notice,
    verdict_notice,
    version_notice,
)
from pipelines.run.authorising import auth_status
from pipelines.run.preparing import present
from pipelines.run.pulling import accounts
from pipelines.settings import load_settings
from pipelines.sources.registry import SOURCES
from pipelines.warehouse.connection import open_hardened

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.goals import Goals
    from pipelines.project import Project
    from pipelines.settings import Settings

_VERDICTS = "select goal_id, label_sv, label_en, verdict, reasons from published.goal_verdict order by goal_id"
_REFUSED = """
    select platform, scope, native_metric, media_type, not_offered_since
    from published.metric_status
    where back_since is null
    order by all
"""
_LAST_READ = (
    "select source, account_id, max(fetched_at) from published.load_log where account_id is not null group by all"
)
_NAME = "notices.json"
_LOCK = "notices.lock"


class _Told(msgspec.Struct, frozen=True):
    """What has been told on one channel: the keys of all that stood then, told_at in UTC."""

    keys: list[str]
    told_at: datetime


@dataclass(frozen=True)
class Notified:
    """What came of telling.

    Args:
        digests: channel -> what was new there; empty digests were not sent.
        sent: the channels that took it.
        errors: what kept the others from it; they are tried again the next time.
    """

    digests: dict[str, Digest]
    sent: list[str] = field(default_factory=list[str])
    errors: list[SyfteError] = field(default_factory=list[SyfteError])


def notify(project: Project, *, is_trial: bool = False) -> Notified:
    """Tell what is new on every channel that is set, and remember what stood.

    On a channel's first time the verdicts are where it begins and are not told.

    Args:
        project: whose.
        is_trial: send nothing and remember nothing; without a channel, what a new one would be told.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong, or no channel is set.
        StorageError: the published database or the memory of what was told is damaged.
    """
    settings = load_settings(project.root)
    channels: tuple[str, ...] = settings.notify.channels
    if not channels and not is_trial:
        raise ConfigurationError(
            "Nobody is to be told: no mail address and no webhook is set.",
            where=str(project.root / ".env"),
            do="Set SYFTE_NOTIFY__MAIL_TO or SYFTE_NOTIFY__WEBHOOK (docs/notices.md), or look with --dry-run.",
        )
    goals = load_goals(project.goals_path)
    with ExitStack() as stack:
        try:
            stack.enter_context(held(project.data / _LOCK, alone=True, wait_s=0, busy="Another process is telling it."))
        except BusyError:
            return Notified({})
        told = _read(project)
        as_of, standing = _standing(project, goals, settings)
        found = Notified(
            {
                channel: Digest(
                    (goals.organisation.label.sv, goals.organisation.label.en),
                    as_of,
                    news(standing, told[channel].keys if channel in told else ()),
                )
                for channel in channels or ("nobody yet",)
            }
        )
        if not is_trial:
            _tell(project, settings, found, standing, told)
        return found


def tell_news(project: Project, *, on_event: OnEvent = silent) -> None:
    """After a run: tell what is new, if anybody is to be told. What goes wrong is said and spoils no run.

    Args:
        project: whose.
        on_event: told what was sent, and what could not be.
    """
    try:
        if not load_settings(project.root).notify.channels:
            return
        found = notify(project)
    except SyfteError as error:
        on_event(Event("warning", "notify", detail=error.what))
        return
    for channel in found.sent:
        on_event(Event("done", "notify", detail=f"{len(found.digests[channel].notices)} new things told by {channel}"))
    for error in found.errors:
        on_event(Event("warning", "notify", detail=error.what))


def _tell(
    project: Project, settings: Settings, found: Notified, standing: list[Notice], told: dict[str, _Told]
) -> None:
    from pipelines.notices.sending import send_mail, send_webhook  # noqa: PLC0415  # only where there is something to send

    proxy = settings.http.proxy.get_secret_value() if settings.http.proxy else None
    keys = sorted(notice.key for notice in standing)
    for channel, digest in found.digests.items():
        if digest.notices:
            try:
                if channel == "mail":
                    send_mail(digest, settings.notify, settings.notify.lang)
                else:
                    send_webhook(digest, settings.notify, settings.notify.lang, proxy=proxy)
            except SyfteError as error:
                found.errors.append(error)
                continue
            found.sent.append(channel)
        # at once: what one channel took is not sent there again because the next one fails
        if channel not in told or told[channel].keys != keys:
            told[channel] = _Told(keys, settings.clock_now)
            write_durably(project.data / _NAME, msgspec.json.encode(told))


def _read(project: Project) -> dict[str, _Told]:
    path = project.data / _NAME
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Told])
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(
            f"What has been told cannot be read ({type(error).__name__}).",
            where=str(path),
            do="Remove the file: what stands now is then told once more, and verdicts from here on.",
        ) from None


def _standing(project: Project, goals: Goals, settings: Settings) -> tuple[datetime | None, list[Notice]]:
    """As of when, and everything there is to tell of how things stand."""
    notices = [
        token_notice(one.source, one.account, one.state, one.expires_at, one.sentence)
        for one in auth_status(project)
        if one.needs_action
    ]
    notices += [
        version_notice(one.source, one.version, one.ends_on, f"{one.sentence}. {one.do}")
        for one in sunsets(settings, settings.clock_now.date())
    ]
    if not project.published_db.exists():
        return None, notices
    with open_hardened(project.published_db) as con:
        [(as_of,)] = con.execute("select max(as_of) from published.goal_verdict").fetchall()
        notices += [verdict_notice(*row) for row in con.execute(_VERDICTS).fetchall()]
        notices += [refused_notice(*row) for row in con.execute(_REFUSED).fetchall()]
        notices += _stale(con, goals, settings, present(project))
    return as_of, notices


def _stale(con: duckdb.DuckDBPyConnection, goals: Goals, settings: Settings, now: datetime) -> Iterator[Notice]:
    """The accounts of sources that are switched on, open ones, of which nothing was read for too long."""
    last: dict[tuple[str, str], datetime] = {(s, a): at for s, a, at in con.execute(_LAST_READ).fetchall()}
    for entry in SOURCES:
        if settings.section_of(entry.name) is None:
            continue
        ours = [
            a for a in accounts(goals) if a.platform == entry.platform and (a.closed_at is None or a.closed_at > now)
        ]
        for account in [a.account_id for a in ours] if entry.platform else [entry.name]:
            at = last.get((entry.name, account))
            if at is None or (now - at).total_seconds() > settings.notify.stale_hours * 3600:
                yield stale_notice(entry.name, account, at)
