"""Taking something out of what has landed: every segment that holds it is written anew, beside the old one first.

Killed at any moment, it goes on where it was: until the log says `rewritten` the old segments stand and the work is
done again; after that the new ones lie beside them, durable, and are swapped in by whoever comes next.
"""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import zstandard

from pipelines.landing.erasures import Swap
from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import polars as pl

    from pipelines.landing.manifest import Entry, Landing

Row = dict[str, Any]
"""One object or refused row, as JSON has it."""


class Edit(Protocol):
    """What is to go. Each method gives back what is given to it where nothing of it goes."""

    def reaches(self, entry: Entry) -> bool:
        """Whether a page may hold something that is to go; asked before its segment is opened."""
        ...

    def row(self, entry: Entry, row: Row) -> Row | None:
        """A row without what is to go; None for one that goes as a whole."""
        ...

    def refused(self, entry: Entry, row: Row) -> Row | None:
        """The same for a refused row: `line, reason, content, at`."""
        ...

    def frame(self, entry: Entry, frame: pl.DataFrame) -> pl.DataFrame:
        """The same for an imported table."""
        ...


class _Counted(msgspec.Struct):
    """What is taken out of one segment."""

    rows: dict[str, int]
    rejected: dict[str, int]
    changed: int = 0


def rewrite(
    landing: Landing, edit: Edit, *, is_trial: bool = False, lost: Collection[str] = ()
) -> tuple[list[Swap], list[str]]:
    """Write every segment that holds something of an edit anew, beside the old one.

    Args:
        landing: whose segments; only the warehouse's writer may do this.
        edit: what is to go.
        is_trial: only tell what would be done.
        lost: segments that are known to be gone; passed over.

    Returns:
        The segments, whose new content waits to be swapped in, and `source.stream` of each.

    Raises:
        StorageError: a landed file is gone or damaged, or the disk is full; nothing has changed.
    """
    work = _Rewriting(landing, edit, is_trial)
    swaps: list[Swap] = []
    streams: set[str] = set()
    for manifest in landing.manifests():
        pages: defaultdict[str, list[Entry]] = defaultdict(list)
        refused: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry, _ in landing.entries(manifest):
            if entry.segment not in lost and edit.reaches(entry):
                pages[entry.segment].append(entry)
                if entry.rejected_segment:
                    refused[entry.rejected_segment].append(entry)
        found = [(work.segment(name, group), group[0]) for name, group in pages.items()]
        found += [(work.refused(name, group), group[0]) for name, group in refused.items()]
        for swap, entry in found:
            if swap is not None:
                swaps.append(swap)
                streams.add(f"{entry.source}.{entry.stream}")
    return swaps, sorted(streams)


def swap_in(landing: Landing, swaps: Iterable[Swap]) -> None:
    """Put the new segments in the place of the old ones. What is done already stays done."""
    for swap in swaps:
        landing.swap_in(swap.segment, swap.new)


@dataclass(frozen=True)
class _Rewriting:
    """One edit on its way through a landing."""

    landing: Landing
    edit: Edit
    is_trial: bool

    def segment(self, name: str, group: list[Entry]) -> Swap | None:
        """A segment, of whose pages the group may hold something."""
        first = group[0]
        return self._table(first) if first.format == "parquet" else self._pages(name, first.sha256, group)

    def refused(self, name: str, group: list[Entry]) -> Swap | None:
        """The refused rows of an imported table."""
        return self._pages(name, group[0].rejected_sha256 or "", group)

    def _table(self, entry: Entry) -> Swap | None:
        import polars as pl  # noqa: PLC0415  # only where a table was imported

        before = pl.read_parquet(self.landing.segment(entry.segment, entry.sha256))
        after = self.edit.frame(entry, before)
        if after is before or after.equals(before):
            return None
        buffer = io.BytesIO()
        after.write_parquet(buffer, compression="zstd", compression_level=3)
        gone = before.height - after.height
        counted = _Counted({entry.page_id: gone} if gone else {}, {}, 0 if gone else 1)
        return self._put(entry.segment, entry.sha256, buffer.getvalue(), counted)

    def _pages(self, name: str, sha256: str, group: list[Entry]) -> Swap | None:
        by_page = {entry.page_id: entry for entry in group}
        counted = _Counted({}, {})
        lines: list[bytes] = []
        packed = self.landing.segment(name, sha256).read_bytes()
        for line in zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines():
            page = msgspec.json.decode(line)
            entry = by_page.get(page["page_id"])
            lines.append(msgspec.json.encode(page if entry is None else self._page(entry, page, counted)))
        if not (counted.rows or counted.rejected or counted.changed):
            return None
        return self._put(name, sha256, zstandard.compress(b"\n".join(lines) + b"\n", 3), counted)

    def _page(self, entry: Entry, page: Row, counted: _Counted) -> Row:
        kept: dict[str, list[Row]] = {}
        for part, change, gone in (
            ("rows", self.edit.row, counted.rows),
            ("rejected", self.edit.refused, counted.rejected),
        ):
            before: list[Row] = page[part]
            after = [change(entry, row) for row in before]
            kept[part] = [row for row in after if row is not None]
            if len(kept[part]) < len(before):
                gone[entry.page_id] = len(before) - len(kept[part])
            counted.changed += sum(new is not None and new is not old for old, new in zip(before, after, strict=True))
        return {**page, **kept}

    def _put(self, name: str, old: str, content: bytes, counted: _Counted) -> Swap:
        new = hashlib.sha256(content).hexdigest()
        if not self.is_trial:
            write_durably(self.landing.draft(name, new), content)
        return Swap(
            segment=name, old=old, new=new, rows=counted.rows, rejected=counted.rejected, changed=counted.changed
        )
