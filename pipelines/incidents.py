"""What was found damaged and what became of it, until a person has seen it: `data/incidents.jsonl`, append-only.

An incident is written down before anything is moved, so that no kill makes it a secret.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import StorageError, healed
from pipelines.landing.manifest import check_line, sealed_line
from pipelines.landing.writer import append_durably

if TYPE_CHECKING:
    from pathlib import Path

LOG = "incidents.jsonl"


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was damaged. No text of a row is in it.

    Args:
        at: when it was found, by the machine's clock, UTC.
        what: a sentence.
        where: the file.
        done: what was done about it, a sentence.
        folder: where the damaged files are now; None where nothing was moved.
    """

    at: datetime
    what: str
    where: str
    done: str
    folder: str | None = None

    @property
    def error(self) -> StorageError:
        """The incident as what a command that met it ends with."""
        kept = f" The damaged files are kept in {self.folder}." if self.folder else ""
        return StorageError(
            f"{self.what} {self.done}",
            where=self.where,
            do=f"Nothing that has landed is lost. Look at the disk's health: files do not break by themselves.{kept}\n"
            "         `syfte status` goes on telling this until you run `syfte status --seen`.",
        )


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log: an incident, or how many of the lines before it a person has seen."""

    incident: Incident | None = None
    seen_at: datetime | None = None


_DECODER = msgspec.json.Decoder(_Line)


class Incidents:
    """The log of one project.

    Args:
        data: the project's folder of data.
    """

    def __init__(self, data: Path) -> None:
        self._log = data / LOG

    def add(self, what: str, *, where: str, done: str, folder: str | None = None) -> Incident:
        """Write an incident down.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        incident = Incident(at=datetime.now(UTC), what=what, where=where, done=done, folder=folder)
        append_durably(self._log, sealed_line(msgspec.json.encode(_Line(incident=incident))))
        healed.append(incident.error)
        return incident

    def unseen(self) -> list[Incident]:
        """What nobody has said to have seen, oldest first. A line that is damaged itself is an incident too."""
        found: list[Incident] = []
        for line in self._log.read_bytes().split(b"\n")[:-1] if self._log.exists() else []:
            try:
                said = _DECODER.decode(check_line(line, self._log))
            except (StorageError, msgspec.DecodeError):
                found.append(
                    Incident(
                        at=datetime.fromtimestamp(self._log.stat().st_mtime, UTC),
                        what="A line of the log of incidents is not what was written.",
                        where=str(self._log),
                        done="What it told is not known.",
                    )
                )
                continue
            if said.incident is None:
                found.clear()
            else:
                found.append(said.incident)
        return found

    def see(self) -> list[Incident]:
        """Note that a person has seen everything up to now.

        Returns:
            What had not been seen before.
        """
        found = self.unseen()
        if found:
            append_durably(self._log, sealed_line(msgspec.json.encode(_Line(seen_at=datetime.now(UTC)))))
        return found


def set_aside_folder(data: Path) -> Path:
    """A new place for what is set aside, named by the machine's clock; not made yet."""
    return data / "set_aside" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z"
