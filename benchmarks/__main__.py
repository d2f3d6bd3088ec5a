"""`make bench`: time the works and print the figures as Markdown; `--json FILE` keeps them as data."""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.increments import time_increment
from benchmarks.measure import as_markdown, machine
from benchmarks.works import time_build, time_import, time_load


def main() -> None:
    """Run all works one after another in a temporary directory."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments.add_argument("--repetitions", type=int, default=5, help="after one warm-up; the median is shown")
    arguments.add_argument("--pages", type=int, default=1000, help="landed pages of 100 posts")
    arguments.add_argument("--snapshots", type=int, default=200_000, help="of the canonical folder")
    arguments.add_argument("--readings", type=int, default=1_000_000, help="stored, of posts with 8 counters")
    arguments.add_argument("--only", choices=["load", "import", "build", "increment"], help="one work only")
    chosen = arguments.parse_args()
    where = machine()
    works = {
        "load": lambda folder: [time_load(folder, pages=chosen.pages, repetitions=chosen.repetitions)],
        "import": lambda folder: [time_import(folder, snapshots=chosen.snapshots, repetitions=chosen.repetitions)],
        "build": lambda folder: [time_build(folder, repetitions=chosen.repetitions)],
        "increment": lambda folder: time_increment(folder, readings=chosen.readings, repetitions=chosen.repetitions),
    }
    measurements = []
    for name, work in works.items():
        if chosen.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="syfte-bench-") as folder:
                measurements.extend(work(Path(folder)))
    print(as_markdown(measurements, where))
    if chosen.json:
        content = {"machine": where, "measurements": [asdict(m) for m in measurements]}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
