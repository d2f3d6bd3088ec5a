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


SUPPLY = ROOT / ".venv-supply/bin/python"
needs_supply = pytest.mark.skipif(not SUPPLY.exists(), reason="`make audit` has not made .venv-supply")


@needs_supply
@pytest.mark.promise("S1")
@pytest.mark.slow
def test_a_planted_key_is_found_in_the_repository_and_not_shown(tmp_path, figure):
    planted = {
        "cloud.py": "AWS = 'AKIA" + "Q3EGRZLAJ7TMPXWD'",
        "private.pem": "-----BEGIN RSA PRIVATE " + "KEY-----",
        "settings.ini": "password = " + "hunter2-hunter2",
        "clean.py": "answer = 42",
    }
    for name, text in planted.items():
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    done = subprocess.run(
        [SUPPLY, ROOT / "tests/supply/leaks.py", *(tmp_path / name for name in planted)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    found = [name for name in planted if f"/{name}:1: " in done.stdout]
    assert done.returncode == 1, done.stderr
    assert found == ["cloud.py", "private.pem", "settings.ini"]
    assert "hunter2" not in done.stdout
    assert "GRZLAJ7" not in done.stdout
    figure("keys planted", 3)
    figure("planted keys found", len(found))


@needs_supply
@pytest.mark.promise("S4")
@pytest.mark.slow
def test_the_bill_of_materials_is_valid_and_holds_every_locked_package(tmp_path, figure):
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
def test_two_builds_of_the_wheel_and_of_the_source_archive_are_the_same_bytes(tmp_path, figure):
    made = []
    for name in ("a", "b"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", tmp_path / name],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert sorted(Path(name).suffix for name in made[0]) == [".gz", ".whl"]
    assert made[0] == made[1]
    for name, content in made[0].items():
        figure(f"bytes of a {'wheel' if name.endswith('.whl') else 'source archive'} built twice", len(content))


def test_no_workflow_has_more_rights_than_it_says_or_an_action_that_can_change():
    for path in ROOT.glob(".github/workflows/*.y*ml"):
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^permissions:", text, flags=re.MULTILINE), path.name
        assert not re.search(r"write-all|pull_request_target", text), path.name
        for action in re.findall(r"uses:\s*(\S+)", text):
            assert re.search(r"@[0-9a-f]{40}$", action) or action.startswith("./"), action
