"""`make bench`: time the works beside what one would pick instead, and hold them to the targets.

Prints Markdown; `--json FILE` keeps the figures as data. Each work runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Measurement, call, machine
from benchmarks.registry import WORKS, chosen
from benchmarks.table import as_markdown, is_met
from benchmarks.targets import TARGETS


def main() -> int:
    """Run the works one after another.

    Returns:
        1 if a work could not be done; a target that is missed is said in the table, and fails nothing.
    """
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables here")
    arguments.add_argument("--repetitions", type=int, help="after one warm-up; the median is shown")
    arguments.add_argument("--scale", type=float, default=1.0, help="of the full sizes; other than 1 judges no target")
    arguments.add_argument(
        "--size", action="append", default=[], type=_size, metavar="NAME=N", help="one size, such as readings=10000000"
    )
    arguments.add_argument("--only", choices=list(WORKS), nargs="+", help="these works only")
    asked = arguments.parse_args()
    where = machine()
    measurements: list[Measurement] = []
    seconds: dict[str, float] = {}
    failed: list[str] = []
    for name in chosen(asked.only):
        sizes = WORKS[name].scaled(asked.scale, dict(asked.size))
        started = time.monotonic()
        try:
            measurements += _in_its_own_process(name, sizes, asked.repetitions)
        except subprocess.CalledProcessError:
            failed.append(name)
        seconds[name] = round(time.monotonic() - started, 1)
    is_full_size = asked.scale == 1.0 and not asked.size
    text = as_markdown(measurements, where, TARGETS, seconds, is_full_size=is_full_size)
    print(text)
    for name in failed:
        print(f"`{name}` could not be measured: see above.", file=sys.stderr)
    if asked.markdown:
        asked.markdown.write_text(text + "\n", encoding="utf-8")
    if asked.json:
        content = _as_json(measurements, where, seconds, is_full_size=is_full_size)
        asked.json.write_text(content, encoding="utf-8")
    return 1 if failed else 0


def _size(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not any(name in work.sizes for work in WORKS.values()):
        raise argparse.ArgumentTypeError(f"no work has a size of the name {name!r}")
    return name, int(number.replace("_", ""))


def _in_its_own_process(name: str, sizes: dict[str, int], repetitions: int | None) -> list[Measurement]:
    work = WORKS[name]
    with tempfile.TemporaryDirectory(prefix="syfte-bench-") as folder:
        result = Path(folder, "measurements.json")
        inner = Path(folder, "work")
        inner.mkdir()
        command = call(
            "benchmarks.registry:run_work",
            name=name,
            folder=str(inner),
            sizes=sizes,
            repetitions=repetitions or work.repetitions,
            result=str(result),
        )
        subprocess.run(command, check=True, stdout=sys.stderr)
        return [Measurement(**one) for one in json.loads(result.read_text(encoding="utf-8"))]


def _as_json(
    measurements: list[Measurement], where: dict[str, object], seconds: dict[str, float], *, is_full_size: bool
) -> str:
    found = {m.name: m for m in measurements}
    targets = [asdict(target) | {"met": is_met(target, found) if is_full_size else None} for target in TARGETS]
    content = {
        "machine": where,
        "seconds": seconds,
        "targets": targets,
        "measurements": [asdict(m) for m in measurements],
    }
    return json.dumps(content, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
