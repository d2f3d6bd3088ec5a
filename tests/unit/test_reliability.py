"""docs/reliability.md says what the suite found: every promise was tried, and what does not hold is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.promises import PROMISES
from tests.reliability import BEGIN, END, PAGE, gathered

ROOT = Path(__file__).parents[2]
GAPS: set[str] = set()
"""Promises of which a part is known not to hold; the test of that part fails as it should (xfail)."""

MARK = re.compile(r"mark\.promise\(([^)]*)\)")


def rows() -> dict[str, list[str]]:
    """Promise -> the cells of its row in the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    written, _, _ = rest.partition(END)
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in written.splitlines() if re.match(r"\| [RSP]\d+ \|", line)]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in cells}


def marked() -> dict[str, set[str]]:
    """Promise -> the files whose tests are marked with it."""
    found: dict[str, set[str]] = {name: set() for name in PROMISES}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for names in MARK.findall(path.read_text(encoding="utf-8")):
            for name in re.findall(r"\"(\w+)\"", names):
                found[name].add(path.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize("name", PROMISES)
def test_every_promise_was_tried_and_holds_but_for_the_gaps_that_are_known(name):
    says, state, measured, _ = rows()[name]
    assert says == PROMISES[name].says
    assert state.partition(":")[0] == ("**holds in part**" if name in GAPS else "holds")
    assert re.search(r"\d", measured), "a figure was measured"


def test_the_page_says_in_which_form_it_was_tried_and_names_the_tests_there_are():
    assert re.search(r"in its (full|short) form, seed \d+", PAGE.read_text(encoding="utf-8")), "run `make chaos`"
    told = {name: set(re.findall(r"`(tests/\S+)`", cells[3])) for name, cells in rows().items()}
    assert told == marked(), "run `make chaos`"


def test_a_promise_that_failed_or_was_not_tried_is_said(tmp_path):
    figures = tmp_path / "figures.jsonl"
    lines = [
        {
            "promises": ["R1", "R2"],
            "test": "tests/a.py::b",
            "outcome": "passed",
            "reason": "",
            "figures": [["kills", 2]],
        },
        {"promises": ["R1"], "test": "tests/a.py::c", "outcome": "failed", "reason": "", "figures": [["kills", 3]]},
        {
            "promises": ["R3"],
            "test": "tests/d.py::e",
            "outcome": "skipped",
            "reason": "Skipped: no strace",
            "figures": [],
        },
        {"promises": ["R2"], "test": "tests/d.py::f", "outcome": "xfailed", "reason": "totals leak", "figures": []},
    ]
    figures.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    proofs = gathered(figures)
    assert (proofs["R1"].state, proofs["R1"].figures) == ("**does not hold**", {"kills": 5})
    assert (proofs["R2"].state, proofs["R3"].state) == ("**holds in part**: totals leak", "**not tried**")
    assert proofs["P3"].state == "**not tried**"
