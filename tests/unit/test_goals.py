"""goals.yaml: every mistake is told by its line, all at once."""

# ruff: noqa: E501  # one mistake a line
from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError
from pipelines.goals import all_kpis, find_problems, load_goals

ROOT = Path(__file__).parents[2]

GOOD = r"""version: 1
organisation:
  id: staden
  label: {sv: Staden, en: The city}
timezone: Europe/Stockholm
period:
  study: [2025-01-01, 2025-12-31]
  baseline: [2024-01-01, 2024-12-31]
units:
  level: district
  members:
    - {id: north, name: Norr, population: 1000}
    - {id: south, name: Söder, population: 2000, parent: north}
accounts:
  - {platform: x, id: "42", unit: south, opened_at: 2024-05-01}
goals:
  - id: answers
    label: {sv: Svara, en: Answer}
    purpose: {sv: Vara nåbar, en: Be reachable}
    target_group: {sv: Boende, en: Residents}
    motive: {sv: Uppdraget, en: The remit}
    user_benefit: {sv: Svar, en: An answer}
    post_match:
      include:
        - '\bfråga\b'
      exclude: ['tips']
    kpis:
      - id: A2
        primary: true
        stage: outcome
        kind: proportion
        num: answered_24h
        den: questions_due_24h
        target: {op: ">=", value: 0.75}
guardrails:
  - id: S1
    label: {sv: Stöd, en: Support}
    kind: survey_share
    sources: {own_channel: D, probability_sample: B}
    target:
      op: ">="
      value: 0.7
"""


@pytest.fixture
def write(tmp_path):
    def _write(text: str) -> Path:
        path = tmp_path / "goals.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def changed(old: str, new: str) -> tuple[str, int]:
    """The good file with one piece changed, and the line where it changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new), GOOD[: GOOD.index(old)].count("\n") + 1


def line_of(error: ConfigurationError) -> int:
    found = re.search(r"goals\.yaml:(\d+)", error.where or "")
    assert found, error.where
    return int(found[1])


def test_the_good_file_has_no_problem(write):
    path = write(GOOD)
    assert find_problems(path) == []
    goals = load_goals(path)
    assert goals.period.study == (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert goals.accounts[0].account_id == "x:42"
    assert goals.disclosure.min_cell == 5
    assert [(of, kpi.id) for of, kpi in all_kpis(goals)] == [("answers", "A2"), ("S1", "S1")]


def test_the_example_in_the_repository_is_read_whole():
    goals = load_goals(ROOT / "goals.yaml")
    assert [goal.id for goal in goals.goals] == ["accessibility", "prevention", "insight", "tips"]
    assert [kpi.id for _, kpi in all_kpis(goals)] == [
        "A1",
        "A2",
        "A3",
        "P1",
        "P2",
        "P3",
        "I1",
        "I2",
        "T1",
        "T2",
        "T4",
        "T5",
        "S1",
    ]
    assert goals.goals[2].kpis[0].target.value == 0.020


def test_a_comma_in_an_unquoted_text_does_not_cut_the_text(write):
    text, _ = changed(
        "target_group: {sv: Boende, en: Residents}", "target_group: {sv: Boende, särskilt unga, en: Residents}"
    )
    assert load_goals(write(text)).goals[0].target_group.sv == "Boende, särskilt unga"


@pytest.mark.parametrize(
    "mistake",
    [
        ("timezone: Europe", "tidszon: 1\ntimezone: Europe", 0, "`tidszon` is not a key", "Did you mean `timezone`?"),
        ("  level: district", "  level: district\n  weigth: population", 1, "`weigth` is not a key", "Did you mean `weight`?"),
        ("        num: answered_24h", "        nom: answered_24h", 0, "`nom` is not a key", "Did you mean `num`?"),
        ("        den: questions_due_24h", "        donut_weeks: 1\n        den: questions_due_24h", 0, "`donut_weeks`", "Use one of"),
        ("    label: {sv: Svara, en: Answer}", "    label: {sv: Svara, en: Answer, fi: Vastaa}", 0, "`fi` is not a key", "`sv`, `en`"),
        (r"- '\bfråga\b'", r"- '\bfråga(\b'", 0, "not valid: missing ), unterminated subpattern (character 8", "Correct it"),
        (r"- '\bfråga\b'", r'- "\bfråga\b"', 0, "control character", "single quotes"),
        ("exclude: ['tips']", "exclude: ['tips|']", 0, "matches the empty text", "empty alternative"),
        ("  baseline: [2024-01-01, 2024-12-31]\n", "  settle_days: 3\n", 26, "`A2` has a target, but there is no baseline", "baseline:"),
        ("unit: south", "unit: sauth", 0, "`x:42` has the unit `sauth`", "Did you mean `south`?"),
        ("parent: north", "parent: nord", 0, "the parent `nord`", "Did you mean `north`?"),
        ("{id: south,", "{id: north,", 0, "unit id `north` is already used on line 12", "own id"),
        ("  - id: S1", "  - id: A2", 0, "KPI id `A2` is already used on line 28", "own id"),
        ("  - id: S1", "  - id: answers", 0, "goal or guardrail id `answers` is already used on line 17", "own id"),
        ("Europe/Stockholm", "Europe/Stokholm", 0, "`Europe/Stokholm` is not a time zone", "Did you mean `Europe/Stockholm`?"),
        ("[2025-01-01, 2025-12-31]", "[2025-12-31, 2025-01-01]", 0, "ends (2025-01-01) before it begins", "first day first"),
        ("[2024-01-01, 2024-12-31]", "[2024-01-01, 2025-01-01]", 0, "not before the study's first day", "day before"),
        ("[2025-01-01, 2025-12-31]", "[2025-01-01]", 0, "`study` needs two days", "[2025-01-01, 2025-12-31]"),
        ("    purpose: {sv: Vara nåbar, en: Be reachable}\n", "", -2, "`purpose` is missing in `answers`", "without a purpose"),
        ("    target_group: {sv: Boende, en: Residents}\n", "", -3, "`target_group` is missing", "whom"),
        ("    motive: {sv: Uppdraget, en: The remit}\n", "", -4, "`motive` is missing", "why"),
        ("    user_benefit: {sv: Svar, en: An answer}\n", "", -5, "`user_benefit` is missing", "gain"),
        ("    label: {sv: Svara, en: Answer}\n", "", -1, "`label` is missing", "called"),
        ("    label: {sv: Stöd, en: Support}\n", "", -1, "guardrail `S1` has no `label`", "label:"),
        ("{sv: Vara nåbar, en: Be reachable}", "{sv: Vara nåbar}", 0, "`en` is missing in `purpose`", "English"),
        ("{sv: Vara nåbar, en: Be reachable}", "{en: Be reachable}", 0, "`sv` is missing in `purpose`", "Swedish"),
        ("{sv: Vara nåbar, en: Be reachable}", "{sv: ' ', en: Be reachable}", 0, "`sv` is empty", "Write something"),
        ("{sv: Vara nåbar, en: Be reachable}", "Vara nåbar", 0, "`purpose` must be keys and values, not text", "braces"),
        ("kind: proportion", "kind: proporton", 0, "`kind` cannot be `proporton`", "Did you mean `proportion`?"),
        ("        kind: proportion\n", "", -3, "has no `kind`", "`share_census`"),
        ("        stage: outcome\n", "", -2, "`A2` has no `stage`", "stage: input"),
        ("stage: outcome", "stage: outcomes", 0, "`stage` cannot be `outcomes`", "Did you mean `outcome`?"),
        ("num: answered_24h", "num: answered_24", 0, "`num` cannot be `answered_24`", "Did you mean `answered_24h`?"),
        ('{op: ">=", value: 0.75}', '{op: ">", value: 0.75}', 0, "`op` cannot be `>`", "`>=`"),
        ('{op: ">=", value: 0.75}', '{op: ">=", value: "0.75"}', 0, "`value` must be a number, not text", "without quotes"),
        ('{op: ">=", value: 0.75}', '{op: ">=", value: .nan}', 0, "`value` must be a finite number", "number"),
        ('        target: {op: ">=", value: 0.75}\n', "", -6, "`A2` is primary but has no target", "decided before"),
        ("        primary: true\n", "", -2, "`answers` has no primary KPI", "primary: true"),
        ("    kind: survey_share", "    primary: true\n    kind: survey_share", 0, "`primary` has no meaning", "Remove"),
        ('{platform: x, id: "42"', "{platform: x, id: 42", 0, "`id` must be text, not the number 42", "quotes"),
        ("{platform: x,", "{platform: orkut,", 0, "`platform` cannot be `orkut`", "`facebook`"),
        ("opened_at: 2024-05-01", "opened_at: 2024-05-01, closed_at: 2024-04-01", 0, "`closed_at` (2024-04-01) is before", "Exchange"),
        ("opened_at: 2024-05-01", "opened_at: yesterday", 0, "`opened_at` must be a day or an instant", "2025-01-31"),
        ("population: 1000", "population: many", 0, "`population` must be a whole number, not text", "without quotes"),
        ("version: 1", "version: 1\nversion: 2", 1, "`version` is given twice: on line 1 and on line 2", "Keep one"),
        ("version: 1", "version: 1\ndisclosure: {min_cell: 2}", 1, "greater than or equal to 3", "docs/goals.md"),
        ("version: 1", "version: 0", 0, "greater than or equal to 1", "docs/goals.md"),
        ("        - '\\bfråga\\b'\n", "        []\n", -2, "`answers` has a `post_match` that can match no post", "hashtags"),
        ("        - '\\bfråga\\b'\n", "        - a\n      hashtags: ['#1']\n", 1, "`#1` is not a hashtag", "letters"),
        ("        - '\\bfråga\\b'\n", "        - a\n      weight: 0\n", 1, "greater than 0", "docs/goals.md"),
        ("  id: staden", "  id: stad en", 0, "cannot be an id", "Begin with a letter"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_line_with_what_to_do(write, mistake):
    old, new, offset, what, do = mistake
    text, line = changed(old, new)
    problems = find_problems(write(text))
    told = [p for p in problems if what in p.what]
    assert told, [str(p) for p in problems]
    assert line_of(told[0]) == line + offset
    assert do in (told[0].do or "")


@pytest.mark.parametrize("day", ["2024-13-01", "2024-02-30"])
def test_a_date_that_no_calendar_has_is_told_by_its_line(write, day):
    text, line = changed("2024-05-01", day)
    with pytest.raises(ConfigurationError, match="is no date") as caught:
        load_goals(write(text))
    assert line_of(caught.value) == line


@pytest.mark.parametrize(
    "value", ["0x_", "!!int x", "!!float x", "!!bool x", "!!timestamp x", "0b_", "!!int ''", "!!float ''"]
)
def test_a_value_that_only_looks_like_one_is_told_by_its_line(write, value):
    text, line = changed("2024-05-01", value)
    with pytest.raises(ConfigurationError, match=r"` is no (number|truth value|date)") as caught:
        load_goals(write(text))
    assert line_of(caught.value) == line


def test_a_mapping_that_is_merged_into_another_is_read(write):
    text, _ = changed("version: 1", "version: 1\n<<: {version: 1}")
    assert find_problems(write(text)) == []


def test_a_mistake_is_told_once(write):
    text, _ = changed("num: answered_24h", "num: answered_24")
    assert len(find_problems(write(text))) == 1


def test_one_run_tells_all_mistakes_in_the_order_of_the_file(write):
    text = (
        GOOD.replace("  baseline: [2024-01-01, 2024-12-31]\n", "")
        .replace("unit: south", "unit: west")
        .replace("level: district", "levle: district")
        .replace(r"'\bfråga\b'", "'('")
    )
    problems = find_problems(write(text))
    assert [line_of(p) for p in problems] == sorted(line_of(p) for p in problems)
    said = " ".join(p.what for p in problems)
    for piece in (
        "`levle`",
        "`level` is missing",
        "`west`",
        "regular expression",
        "`A2` has a target",
        "`S1` has a target",
    ):
        assert piece in said
    with pytest.raises(ConfigurationError) as caught:
        load_goals(write(text))
    assert caught.value.what.startswith("goals.yaml has 6 errors.")
    assert str(caught.value).count("do:") == 7


def test_a_link_without_a_group_for_the_code_is_refused(write):
    text, line = changed("    post_match:\n", "    appeal: {link: 'https://x/t/[a-z]+'}\n    post_match:\n")
    (problem,) = find_problems(write(text))
    assert "no group" in problem.what
    assert line_of(problem) == line


def test_a_kpi_named_like_its_kind_of_key_keeps_its_line(write):
    text, line = changed(
        "guardrails:\n", "      - id: P2\n        stage: output\n        kind: bounds\n        bounds: [max_post, sum]\n        metric: unique_reach_share\nguardrails:\n"
    )  # fmt: skip
    (problem,) = find_problems(write(text))
    assert "`sum`" in problem.what
    assert line_of(problem) == line + 3


def test_parents_in_a_ring_are_refused(write):
    text, line = changed("population: 1000}", "population: 1000, parent: south}")
    assert {line_of(p) for p in find_problems(write(text))} == {line, line + 1}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("version: 1\ngoals: [a, b\nunits: 1\n", 3, "not valid YAML"),
        ("version: 1\n\tgoals: 1\n", 2, "not valid YAML"),
        ('version: "1\n', 2, "not valid YAML"),
        ("version: 1\nx: !!python/object:os.system 1\n", 2, "not valid YAML"),
        ("version: 1\nx: \x07\n", 2, "not allowed in YAML"),
        ("- a\n- b\n", 1, "must hold keys and values"),
        ("# nothing\n", 1, "empty"),
        ("a: &a [x, *a]\n", 1, "unfolds"),
    ],
)
def test_broken_yaml_is_told_by_its_line(write, text, line, what):
    with pytest.raises(ConfigurationError) as caught:
        load_goals(write(text))
    assert what in caught.value.what
    assert line_of(caught.value) == line
    assert caught.value.do


def test_a_file_that_is_not_utf8_is_told_by_its_line(tmp_path):
    path = tmp_path / "goals.yaml"
    path.write_bytes("version: 1\nname: å\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        load_goals(path)
    assert line_of(caught.value) == 2


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_goals(tmp_path / "goals.yaml")
    assert "syfte init" in (caught.value.do or "")
    assert caught.value.exit_code == 4


def test_aliases_that_multiply_are_stopped(write):
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    with pytest.raises(ConfigurationError, match="unfolds"):
        load_goals(write(f"a0: &a0 [x, y]\n{levels}\n"))
