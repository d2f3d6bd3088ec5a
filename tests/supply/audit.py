"""Holds every lock against the advisories: `make audit`.

pip-audit also ends well where it could ask about nothing; here that is "NOT AUDITED", said loudly. A known
vulnerability fails, unless `accepted.toml` says why it does not concern us, and until when.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LOCKS = tuple(
    sorted(
        [
            *ROOT.glob("requirements*.lock"),
            *ROOT.glob("tests/*/requirements.lock"),
            *ROOT.glob("tests/sdks/*/requirements.lock"),
            *ROOT.glob("benchmarks/peers/requirements.lock"),
        ]
    )
)
TOLD_ONLY = ROOT / "tests/superset/requirements.lock"
"""Superset's own choice of versions: it runs on loopback for the minutes of a test, and none of it is ours to change.
What is known against it is said, and fails nothing."""
ACCEPTED = Path(__file__).with_name("accepted.toml")


def accepted(text: str, today: date) -> tuple[set[str], list[str]]:
    """Vulnerabilities that are accepted today, and what is wrong with the list."""
    found: set[str] = set()
    problems: list[str] = []
    for entry in tomllib.loads(text).get("accepted", []):
        name, reason, until = entry.get("id", "?"), entry.get("reason", ""), entry.get("until")
        if not reason or not isinstance(until, date):
            problems.append(f"{name}: needs a reason and a day it is accepted until")
        elif until < today:
            problems.append(f"{name}: was accepted until {until}; look at it again")
        else:
            found.add(name)
    return found, problems


def judged(report: dict[str, Any], allowed: set[str]) -> tuple[list[str], list[str], int]:
    """Vulnerabilities that are not accepted, packages that could not be asked about, and how many could."""
    known: list[str] = []
    unasked: list[str] = []
    asked = 0
    for package in report["dependencies"]:
        if "skip_reason" in package:
            unasked.append(package["name"])
            continue
        asked += 1
        for found in package.get("vulns", []):
            if allowed.isdisjoint({found["id"], *found.get("aliases", [])}):
                fixed = ", ".join(found.get("fix_versions", [])) or "no version yet"
                known.append(f"{package['name']} {package['version']}: {found['id']} (mended in: {fixed})")
    return known, unasked, asked


def ask(lock: Path) -> dict[str, Any] | None:
    """What pip-audit says of a lock; None if it says nothing: the advisories cannot be reached."""
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--requirement", lock, "--disable-pip", "--require-hashes",
         "--format", "json", "--progress-spinner", "off", "--timeout", "10"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return None


def main() -> int:
    """Look at every lock; 1 if something known is not accepted, or the list of what is accepted does not hold."""
    allowed, problems = accepted(ACCEPTED.read_text(encoding="utf-8"), datetime.now(UTC).date())
    for lock in LOCKS:
        name = lock.relative_to(ROOT)
        report = ask(lock)
        known, unasked, asked = judged(report, allowed) if report else ([], ["everything"], 0)
        problems += [f"{name}: {one}" for one in known if lock != TOLD_ONLY]
        print(f"{name}: {asked} packages audited, {len(known)} known vulnerabilities")
        if unasked:
            print(f"  NOT AUDITED: {', '.join(unasked)}\n  The advisories could not be reached; this is no all-clear.")
    print("\n".join(problems) or "Nothing known against what was audited.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
