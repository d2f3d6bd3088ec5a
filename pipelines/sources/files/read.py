"""Files in, tables out: walk the paths, recognise each file by its header, read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.sources.files import canonical_tables, native_exports
from pipelines.sources.files.delimited import DELIMITERS, first_record, read_delimited
from pipelines.sources.files.sheet import read_content, text_bytes
from pipelines.sources.files.structured import read_json_lines, read_parquet
from pipelines.sources.files.tables import build

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.sources.files.mapping import Mapping
    from pipelines.sources.files.plan import ImportOptions, Plan
    from pipelines.sources.files.sheet import Content, Sheet
    from pipelines.sources.stream import Table

SUFFIXES = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".parquet")
"""What is looked at in a folder. A file named by itself may be called anything."""

_NOT_RECOGNISED = "Its header is of no export and no canonical table that is known."
_DO = "Compare its header with docs/sources/files.md, or describe it in a mapping file and give that with --mapping."


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """What became of one file.

    Args:
        path: the file's name as the user gave it, or as the folder holds it.
        format: the format's title; None where the file was skipped.
        reason: why it was skipped, and what to do.
        tables: what was read; the first counts the rows.
    """

    path: str
    format: str | None
    reason: str | None = None
    tables: list[Table] = field(default_factory=list["Table"])


def read_paths(paths: Iterable[Path | str], options: ImportOptions) -> Iterator[FileResult]:
    """Read files, and all files of folders, in the order of their names.

    Args:
        paths: files and folders. A file named here must be readable; one that a folder holds may be skipped.
        options: what the user says about them.

    Raises:
        InputError: a path is missing, a named file is not recognised, or a recognised file is broken.
        ConfigurationError: the mapping file is wrong.
    """
    mapping = None
    if options.mapping is not None:
        from pipelines.sources.files.mapping import read_mapping  # noqa: PLC0415

        mapping = read_mapping(Path(options.mapping))
    for given in paths:
        path = Path(given)
        if path.is_dir():
            for found in _walk(path):
                yield _read(found, options, mapping, named=False)
        elif path.exists():
            yield _read(path, options, mapping, named=True)
        else:
            raise InputError(
                "There is no such file or folder.", where=str(given), do="Check the spelling, or give its whole path."
            )


def _walk(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def _read(path: Path, options: ImportOptions, mapping: Mapping | None, *, named: bool) -> FileResult:
    name = str(path).encode("utf-8", "replace").decode()  # a file name may hold bytes that are no text
    content = read_content(path, name)
    understood = understand(content, mapping)
    if understood is None:
        if named:
            raise InputError(f"The file is not recognised. {_NOT_RECOGNISED}", where=name, do=_DO)
        return FileResult(path=name, format=None, reason=f"{_NOT_RECOGNISED} {_DO}")
    sheet, plan = understood
    return FileResult(path=name, format=plan.title, tables=build(content, sheet, plan, options))


def understand(content: Content, mapping: Mapping | None) -> tuple[Sheet, Plan] | None:
    """The file's rows and how they are read; None if nobody knows the file.

    A mapping comes first, because the user gave it; then native exports, then canonical tables.
    """
    if content.raw.startswith(b"PAR1") or content.name.lower().endswith(".parquet"):
        return _structured(read_parquet(content.raw, content.name), content, mapping)
    data = text_bytes(content.raw)
    if not data.strip():
        return None
    if mapping is not None:
        mapped = mapping.delimited(data, content.name)
        if mapped is not None:
            return mapped
    if data.lstrip()[:1] == b"{":
        return _structured(read_json_lines(data), content, mapping)
    return _delimited(data, content)


def _structured(sheet: Sheet, content: Content, mapping: Mapping | None) -> tuple[Sheet, Plan] | None:
    plan = mapping.plan_for(sheet.columns, content.name) if mapping is not None else None
    if plan is None:
        found = canonical_tables.recognise(sheet.columns)
        plan = canonical_tables.plan_for(found[0], sheet, wide=found[1]) if found else None
    return (sheet, plan) if plan is not None else None


def _delimited(data: bytes, content: Content) -> tuple[Sheet, Plan] | None:
    for delimiter in DELIMITERS:
        header = first_record(data, delimiter)
        native = native_exports.recognise(header)
        found = canonical_tables.recognise(header) if native is None else None
        if native is None and found is None:
            continue
        sheet = read_delimited(data, name=content.name, delimiter=delimiter, header=header)
        plan = native or (canonical_tables.plan_for(found[0], sheet, wide=found[1]) if found else None)
        return (sheet, plan) if plan is not None else None
    return None
