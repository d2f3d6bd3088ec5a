"""What each publication was made from, so that it can be made again: goals.yaml as it was, and how far was loaded.

`goals/<sha256>.yaml` keeps every edition of goals.yaml that a publication used, named by its content, never changed.
`publications.jsonl` has one line a publication, in the order they were made.
"""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003  # msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from pipelines.drafts import sweep_drafts
from pipelines.landing.manifest import DamagedFileError, read_sealed, sealed_line
from pipelines.landing.writer import append_durably, write_durably

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "goals"
LOG = "publications.jsonl"


class Publication(msgspec.Struct, kw_only=True, frozen=True):
    """One line of the log.

    Args:
        as_of: the instant its figures stand for, UTC.
        goals_sha256: the edition of goals.yaml it used.
        code_version: version of Syfte that made it.
        models_sha256: of the text of all models.
        loaded: manifests that had grown since the publication before -> bytes of them that were loaded.
    """

    as_of: datetime
    goals_sha256: str
    code_version: str
    models_sha256: str
    loaded: dict[str, int]


_DECODER = msgspec.json.Decoder(Publication)


class Publications:
    """The log of one landing, and the editions of goals.yaml it names."""

    def __init__(self, landing_root: Path) -> None:
        self._log = landing_root / LOG
        self._goals = landing_root / FOLDER

    def keep_goals(self, content: bytes) -> str:
        """Keep an edition of goals.yaml for good.

        Returns:
            Its SHA-256.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self._goals / f"{digest}.yaml"
        if not path.exists():
            sweep_drafts(self._goals)  # a load alone sweeps nowhere else
            write_durably(path, content)
        return digest

    def goals(self, sha256: str) -> Path:
        """An edition of goals.yaml, its content checked.

        Raises:
            StorageError: it is gone, or is not what was kept.
        """
        path = self._goals / f"{sha256}.yaml"
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise _damaged(f"An edition of goals.yaml cannot be read: {error.strerror}.", path) from None
        if found != sha256:
            raise _damaged("An edition of goals.yaml is not what was kept: its SHA-256 differs.", path)
        return path

    def all(self) -> list[Publication]:
        """Every publication, in the order they were made. A last line that a kill cut off is none.

        Raises:
            StorageError: a line is not what was written.
        """
        if not self._log.exists():
            return []
        lines = self._log.read_bytes().split(b"\n")[:-1]
        return [read_sealed(line, self._log, _DECODER) for line in lines]

    def last_by(self, instant: datetime) -> Publication | None:
        """The publication that stood at an instant, or None: the newest `as_of`, and of the same the one made last."""
        known = [(p.as_of, place, p) for place, p in enumerate(self.all()) if p.as_of <= instant]
        return max(known)[2] if known else None

    def loaded_at(self, publication: Publication) -> dict[str, int]:
        """Manifest -> bytes of it that had been loaded when a publication was made."""
        made = self.all()
        last = max(place for place, known in enumerate(made) if known == publication)
        loaded: dict[str, int] = {}
        for known in made[: last + 1]:
            loaded.update(known.loaded)
        return loaded

    def add(
        self, *, as_of: datetime, goals_sha256: str, code_version: str, models_sha256: str, ledger: Mapping[str, int]
    ) -> Publication:
        """Write a publication down; only one process may do so at a time (the warehouse's writer).

        Args:
            as_of: the instant its figures stand for, UTC.
            goals_sha256: of a kept edition.
            code_version: version of Syfte.
            models_sha256: of the text of all models.
            ledger: manifest -> bytes of it that are loaded.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        made = self.all()
        before = self.loaded_at(made[-1]) if made else {}
        publication = Publication(
            as_of=as_of,
            goals_sha256=goals_sha256,
            code_version=code_version,
            models_sha256=models_sha256,
            loaded={name: size for name, size in sorted(ledger.items()) if before.get(name) != size},
        )
        if not (made and made[-1] == publication):
            append_durably(self._log, sealed_line(msgspec.json.encode(publication)))
        return publication


def _damaged(what: str, path: Path) -> DamagedFileError:
    return DamagedFileError(
        what, where=str(path), do="Restore it from a backup. Landed files must never be changed or removed by hand."
    )
