"""What a person can meet is documented: commands, options, keys of goals.yaml, settings, errors."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipelines import errors
from pipelines.cli.documentation import commands, commands_page
from pipelines.goals import vocabulary
from pipelines.goals.kpis import KINDS
from pipelines.goals.models import Goals

DOCS = Path(__file__).parents[2] / "docs"
PIPELINES = Path(errors.__file__).parent


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def error_classes() -> list[type[errors.SyfteError]]:
    return [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.SyfteError)]


def models(root: type[BaseModel]) -> set[type[BaseModel]]:
    """A model and every model its fields hold."""
    found: set[type[BaseModel]] = set()
    waiting: list[object] = [root]
    while waiting:
        here = waiting.pop()
        if isinstance(here, type) and issubclass(here, BaseModel):
            if here not in found:
                found.add(here)
                waiting.extend(field.annotation for field in here.model_fields.values())
        else:
            waiting.extend(typing.get_args(here))
    return found


def test_every_room_stands_in_the_table_of_rooms_and_no_other():
    [table] = re.findall(r"^## 1\. Rooms\n(.*?)^## ", page("architecture.md"), flags=re.MULTILINE | re.DOTALL)
    told = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(?:pipelines/)?([\w/]+(?:/|\.py))`", row.split(" | ")[0])
    }
    rooms = {f"{path.parent.name}/" for path in PIPELINES.glob("*/*.py")} | {
        path.name for path in PIPELINES.glob("*.py")
    }
    assert told == rooms - {"__init__.py"}


def test_the_page_of_commands_is_what_the_commands_say():
    assert page("commands.md") == commands_page(), "run `python -m pipelines.cli.documentation`"
    assert len(re.findall(r"^## syfte ", page("commands.md"), flags=re.MULTILINE)) == len(commands()) >= 14


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_every_error_stands_in_the_table_with_its_exit_code(error):
    assert re.search(rf"^\| {error.exit_code} \| `{error.__name__}` \| \w", page("errors.md"), flags=re.MULTILINE)


def test_no_two_errors_share_an_exit_code_and_the_table_has_no_other():
    codes = [error.exit_code for error in error_classes()]
    assert len(set(codes)) == len(codes) == 12
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", page("errors.md"), flags=re.MULTILINE)}
    assert told == {0, 130, 141, *codes}


def test_every_key_of_goals_yaml_is_documented():
    every = {name for model in models(Goals) for name in model.model_fields}
    assert {"min_cell", "donut_weeks", "closed_at", "set_at", "sv"} <= every
    text = page("goals.md")
    missing = {name for name in every if not re.search(rf"`[^`]*\b{name}\b[^`]*`", text)}
    assert not missing


def test_every_word_goals_yaml_may_use_is_documented():
    text = page("goals.md")
    words = {word for name in dir(vocabulary) for word in typing.get_args(getattr(vocabulary, name))}
    words |= set(KINDS)
    for model in KINDS.values():
        for name in ("interval", "estimator", "controls", "series"):
            if field := model.model_fields.get(name):
                words |= set(re.findall(r"'([a-z_]+)'", str(field.annotation)))
    assert {"garwood", "poisson_imputation", "population_covered", "tiktok"} <= words
    missing = {word for word in words if f"`{word}`" not in text}
    assert not missing


def test_every_setting_is_documented():
    from pipelines.settings import known_variables

    text = page("settings.md")
    missing = [name for name in known_variables() if name.removesuffix("__*") not in text]
    assert not missing


def test_no_link_between_the_pages_leads_nowhere():
    for path in [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
