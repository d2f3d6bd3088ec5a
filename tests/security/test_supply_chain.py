"""What is installed is what was locked: every requirement has its hashes, and every installation demands them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.supply.audit import LOCKS, accepted, judged

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 29)
_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>\S+)")


def requirements(lock):
    """Each requirement of a lock with all its continued lines."""
    return [
        entry for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()) if not entry.startswith("#")
    ]


@pytest.mark.promise("S4")
def test_every_requirement_of_every_lock_is_one_version_with_its_hashes_and_no_address(figure):
    every = [(lock, entry) for lock in LOCKS for entry in requirements(lock)]
    for lock, entry in every:
        assert _REQUIREMENT.match(entry), (lock.name, entry[:60])
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), (lock.name, entry[:60])
        assert not re.search(r"://|git\+|--index|--find-links|--trusted", entry), (lock.name, entry[:60])
    assert len(LOCKS) >= 7
    figure("locks", len(LOCKS))
    figure("requirements with hashes", len(every))


@pytest.mark.promise("S4")
def test_every_installation_of_packages_demands_the_hashes(figure):
    """Ours alone is installed without: it is built here, and brings no dependency (`--no-deps`)."""
    found = 0
    paths = [ROOT / "Makefile", ROOT / ".ci/run", *(ROOT / "tests").rglob("*.py"), *ROOT.glob("benchmarks/**/*.py")]
    for path in paths:
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"^.*\bpip['\", ]+install\b.*(?:\n[ \t]+.*)?", text, flags=re.MULTILINE):
            if line.lstrip().startswith(("#", "do=", '"')) or "echo " in line.split("install")[0]:
                continue
            assert "--require-hashes" in line or "--no-deps" in line, f"{path.name}: {line.strip()}"
            found += 1
    assert found >= 5
    figure("installations that demand hashes", found)


def test_an_accepted_vulnerability_has_a_reason_and_an_end():
    text = """
        [[accepted]]
        id = "A"
        reason = "not reached"
        until = 2026-12-31
        [[accepted]]
        id = "B"
        reason = "not reached"
        until = 2026-11-28
        [[accepted]]
        id = "C"
        until = 2026-12-31
        [[accepted]]
        id = "D"
        reason = "for ever"
    """
    found, problems = accepted(text, TODAY)
    assert found == {"A"}
    assert [problem[:2] for problem in problems] == ["B:", "C:", "D:"]
    assert accepted((ROOT / "tests/supply/accepted.toml").read_text(encoding="utf-8"), TODAY)[1] == []


def test_what_could_not_be_asked_about_is_not_called_safe():
    known = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}
    report = {
        "dependencies": [
            {"name": "good", "version": "1", "vulns": []},
            {"name": "bad", "version": "1", "vulns": [known]},
            {"name": "unknown", "skip_reason": "could not be audited"},
        ]
    }
    assert judged(report, set()) == (["bad 1: PYSEC-1 (mended in: 2.0)"], ["unknown"], 2)
    assert judged(report, {"CVE-1"}) == ([], ["unknown"], 2)


@pytest.mark.promise("S4")
@pytest.mark.slow
def test_the_bill_of_materials_is_valid_and_holds_every_locked_package(tmp_path, figure):
    python = ROOT / ".venv-supply/bin/python"
    if not python.exists():
        pytest.skip("`make sbom` has not made .venv-supply")
    out = tmp_path / "sbom.cdx.json"
    subprocess.run(["make", "--no-print-directory", "sbom", f"SBOM={out}"], cwd=ROOT, check=True, capture_output=True)
    bill = json.loads(out.read_text(encoding="utf-8"))
    held = {(part["name"].lower(), part["version"]) for part in bill["components"]}
    locked = {
        (found["name"].lower(), found["version"].rstrip(";"))
        for entry in requirements(ROOT / "requirements.lock")
        if (found := _REQUIREMENT.match(entry))
    }
    assert bill["bomFormat"] == "CycloneDX"
    assert held == locked
    assert all(part["externalReferences"][0]["hashes"] for part in bill["components"])
    figure("packages in the bill of materials", len(held))


@pytest.mark.promise("S4")
@pytest.mark.slow
def test_two_builds_of_the_wheel_are_the_same_bytes(tmp_path, figure):
    made = []
    for name in ("a", "b"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / name],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        [wheel] = (tmp_path / name).glob("*.whl")
        made.append(wheel.read_bytes())
    assert made[0] == made[1]
    figure("bytes of a wheel built twice", len(made[0]))


def test_no_workflow_has_more_rights_than_it_says_or_an_action_that_can_change():
    for path in ROOT.glob(".github/workflows/*.y*ml"):
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^permissions:", text, flags=re.MULTILINE), path.name
        assert not re.search(r"write-all|pull_request_target", text), path.name
        for action in re.findall(r"uses:\s*(\S+)", text):
            assert re.search(r"@[0-9a-f]{40}$", action) or action.startswith("./"), action
