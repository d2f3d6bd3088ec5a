"""Help comes before anything is imported, and says what the commands say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import __version__
from pipelines.cli import main
from pipelines.cli.documentation import HELP, commands, help_files
from pipelines.cli.program import _global_options_first

ROOT = Path(__file__).parents[3]
HEAVY = {"typer", "rich", "pydantic", "duckdb", "polars", "dagster", "yaml", "httpx", "numpy"}


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["--version"], ["run", "--help"], ["sql", "--help"], ["tags", "unmatched", "--help"]]
)
def test_help_and_version_import_nothing_heavy(arguments):
    code = (
        "import sys; from pipelines.cli import main; rc = main(sys.argv[1:]); "
        "sys.stderr.write(' '.join({m.partition('.')[0] for m in sys.modules})); sys.exit(rc)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert not HEAVY & set(done.stderr.split())
    assert done.stdout


def test_the_program_itself_imports_nothing_that_a_command_alone_needs():
    code = "import sys, pipelines.cli.program; print(' '.join({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not (HEAVY - {"typer", "rich"}) & set(done.stdout.split())


def test_the_stored_help_is_what_the_commands_say():
    stored = {path.name: path.read_text(encoding="utf-8") for path in HELP.glob("*.txt")}
    assert stored == help_files(), "run `python -m pipelines.cli.documentation`"


def test_every_command_of_the_house_is_there():
    assert set(commands()) >= {
        "init", "check", "pull", "import", "run", "scorecard", "status", "tag", "sql", "sandbox", "demo", "rebuild",
        "tags", "tags unmatched", "tags sample", "tags score", "tags suggest",
    }  # fmt: skip


def test_the_version_is_the_packages(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"syfte {__version__}\n"


def test_global_options_may_stand_anywhere_but_after_two_dashes():
    assert _global_options_first(["run", "--project", "p", "--full", "--verbose"]) == [
        "--project", "p", "--verbose", "run", "--full",
    ]  # fmt: skip
    assert _global_options_first(["sql", "--", "--verbose"]) == ["sql", "--", "--verbose"]
    assert _global_options_first(["check", "--project=p"]) == ["--project=p", "check"]
