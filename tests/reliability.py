"""Runs the tests of every promise in their full form and writes docs/reliability.md's table from what they measured.

Usage: python -m tests.reliability [--chaos short|full] [--seed N] [--from FILE]

`--from` takes the figures of a run before instead of running the tests. Ends with 1 if a promise does not hold or has
no test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.promises import PROMISES, Promise

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- written by `make chaos` -->", "<!-- until here -->"
_PACKAGES = ("duckdb", "dagster", "polars", "great-expectations", "httpx")


@dataclass
class Proof:
    """What the tests of one promise came to.

    Args:
        outcomes: how many tests ended how.
        figures: name to value; whole numbers added, of others the largest, texts each once.
        files: the tests' files.
        reasons: why some were skipped.
        gaps: what is known not to hold.
    """

    outcomes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    figures: dict[str, float | str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)

    def add(self, line: dict) -> None:
        """Take a test's line."""
        self.outcomes[line["outcome"]] += 1
        self.files.add(line["test"].split("::")[0])
        if line["reason"]:
            (self.gaps if line["outcome"] == "xfailed" else self.reasons).add(line["reason"].removeprefix("Skipped: "))
        for name, value in line["figures"]:
            self.figures[name] = _folded(self.figures.get(name), value)

    @property
    def state(self) -> str:
        """`holds`, `holds in part`, `does not hold`, or `not tried`."""
        if self.outcomes["failed"]:
            return "**does not hold**"
        if self.gaps:
            return f"**holds in part**: {'; '.join(sorted(self.gaps))}"
        return "holds" if self.outcomes["passed"] else "**not tried**"


def _folded(before: float | str | None, value: float | str) -> float | str:
    if before is None:
        return value
    if isinstance(before, str) or isinstance(value, str):
        known = str(before).split(", ")
        return str(before) if str(value) in known else ", ".join([*known, str(value)])
    return before + value if isinstance(before, int) and isinstance(value, int) else max(before, value)


def gathered(path: Path) -> dict[str, Proof]:
    """Promise -> what its tests came to; promises without a test are there too."""
    proofs = {name: Proof() for name in PROMISES}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        for name in line["promises"]:
            proofs[name].add(line)
    return proofs


def table(proofs: dict[str, Proof], form: str, seed: int, when: datetime) -> str:
    """The part of the page that is written."""
    made_with = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    machine = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    again = (
        f"Each line again: `python -m pytest` with the files of its last column, `--chaos {form} --seed {seed}`. Of "
        "figures that several tests of a promise tell, whole numbers are added up and of others the largest stands."
    )
    lines = [
        BEGIN,
        "",
        f"Measured {when:%Y-%m-%d} by `make chaos` in its {form} form, seed {seed}: {machine}, {made_with}.",
        "",
        "| | promise | state | measured | tests |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(PROMISES[name], proof) for name, proof in proofs.items()]
    lines += ["", again, "", END]
    return "\n".join(lines)


def _row(promise: Promise, proof: Proof) -> str:
    told = "; ".join(f"{name} {_number(value)}" for name, value in proof.figures.items())
    if proof.reasons:
        told += f" (skipped: {'; '.join(sorted(proof.reasons))})"
    files = " ".join(f"`{file}`" for file in sorted(proof.files))
    return f"| {promise.name} | {promise.says} | {proof.state} | {_plain(told)} | {proof.outcomes['passed']}: {files} |"


def _number(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else f"{value:.3g}"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(text: str) -> None:
    """Put the table between its marks in the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{text}{after}", encoding="utf-8")


def run(form: str, seed: int, figures: Path) -> None:
    """Run every test of a promise; which of them failed stands in the figures."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "promise",
        "--chaos",
        form,
        "--seed",
        str(seed),
        "--figures",
        figures,
    ]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "REQUIRE_CHAOS": "1"}, check=False)


def main() -> int:
    """Run, write, and say what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chaos", choices=("short", "full"), default="full")
    parser.add_argument("--seed", type=int, default=20260301)
    parser.add_argument("--from", dest="source", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = given.source or Path(folder) / "figures.jsonl"
        if given.source is None:
            figures.touch()
            run(given.chaos, given.seed, figures)
        proofs = gathered(figures)
    write(table(proofs, given.chaos, given.seed, datetime.now(UTC)))
    red = [f"{name}: {proof.state.replace('*', '')}" for name, proof in proofs.items() if proof.state != "holds"]
    print("\n".join(red) or f"All {len(proofs)} promises hold.")
    return int(bool(red))


if __name__ == "__main__":
    sys.exit(main())
