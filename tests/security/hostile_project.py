"""A project that holds every hostile text in every place that takes a text, imported and run as a user would."""

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from pipelines.project import Project
from pipelines.run.building import run_project
from pipelines.run.importing import ImportReport, import_files
from tests.integration.projects import ROOT
from tests.security.payloads import ALL

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "p x'; drop table posts; -- \u202e<b>=1+1 [x](javascript:alert(1))"
"""The project directory's name."""

WAYS = {
    "units": ("name",),
    "accounts": ("account_id", "handle"),
    "posts": ("post_id", "account_id", "text", "media_type", "permalink", "ref_code", "appeal_id"),
    "post_snapshots": ("native_metric",),
    "interactions": ("interaction_id", "kind"),
    "link_visits": ("ref_code",),
    "tips": ("tip_id", "ref_code", "appeal_id"),
    "post_tags": ("goal_id",),
    "surveys": ("survey_id", "question", "mode", "frame", "topic"),
    "survey_responses": ("survey_id", "resp_id", "answer", "age_band", "sex", "region"),
}
"""Canonical table -> columns that take every hostile text."""

IDS = {"post_id": "x:", "account_id": "x:"}
"""Columns whose texts need a platform before them."""


def told(column: str, text: str) -> str:
    """A hostile text as it stands in a column."""
    return IDS.get(column, "") + text


def sentence(text: str) -> str:
    """A hostile text as what an expectation says."""
    return re.sub(r"[\x00-\x1f\x7f]", "", text)[:120] or "a bell"


def _frames() -> dict[str, pl.DataFrame]:
    count = len(ALL)
    base: dict[str, dict[str, Any]] = {
        "units": {"unit_id": [f"u{place}" for place in range(count)], "population": [1000] * count,
                  "valid_to": ["2021-01-01" if place > 3 else None for place in range(count)]},
        "accounts": {"platform": ["x"] * count, "unit_id": [f"u{place % 4}" for place in range(count)]},
        "posts": {"published_at": [f"2025-03-{1 + place % 28:02}T09:00:00Z" for place in range(count)]},
        "post_snapshots": {
            "post_id": [f"x:{text}" for text in ALL], "observed_at": ["2025-04-01T09:00:00Z"] * count,
            "value": [-5.0] * count,
        },
        "interactions": {
            "post_id": [f"x:{text}" for text in ALL], "asked_at": ["2025-03-02T09:00:00Z"] * count,
            "answered_at": ["2025-03-02T10:00:00Z"] * count,
        },
        "link_visits": {"local_date": ["2025-03-02"] * count, "visits": [5] * count},
        "tips": {
            "received_at": ["2025-03-02T09:00:00Z"] * count, "unit_id": [f"u{place % 4}" for place in range(count)],
            "channel": ["web_form"] * count,
        },
        "post_tags": {"post_id": [f"x:{text}" for text in ALL], "decision": ["include"] * count},
        "surveys": {
            "conducted_from": ["2025-03-01"] * count, "conducted_to": ["2025-03-31"] * count,
            "sample_type": ["own_channel"] * count,
        },
        "survey_responses": {"weight": [1.0] * count},
    }  # fmt: skip
    return {
        table: pl.DataFrame(base[table] | {name: [told(name, text) for text in ALL] for name in columns})
        for table, columns in WAYS.items()
    }


def _file_names() -> list[str]:
    return [text.replace("/", "\u2215")[:80].strip(".") or "x" for text in ALL]


def _goals() -> dict[str, Any]:
    """The example's goals, every label and sentence of them hostile."""
    document = yaml.safe_load((ROOT / "goals.yaml").read_text(encoding="utf-8"))
    texts = cycle(ALL)

    def words() -> dict[str, str]:
        return {"sv": next(texts), "en": next(texts)}

    document["organisation"]["label"] = words()
    for goal in document["goals"]:
        for kpi in goal["kpis"]:
            kpi["label"] = words()
        for name in ("label", "purpose", "target_group", "motive", "user_benefit"):
            goal[name] = words()
    for guardrail in document["guardrails"]:
        guardrail["label"] = words()
    return document


def _expectations() -> dict[str, Any]:
    """Own expectations, every other of which does not hold; a sentence is a line of at most 120 characters."""
    return {
        "table": "published.post",
        "expectations": [
            {"says": says, "why": why, "severity": "warn", "rows": {"at_least": 10**6 * (place % 2)}}
            for place, (says, why) in enumerate({sentence(text): text for text in ALL}.items())
        ],
    }


def hostile_project(folder: Path) -> tuple[Project, ImportReport]:
    """Make the project, import its files, build and publish it; SYFTE_NOW is the caller's."""
    root = folder / FOLDER
    (root / "expectations").mkdir(parents=True)
    dump = {"allow_unicode": False, "sort_keys": False}
    (root / "goals.yaml").write_text(yaml.safe_dump(_goals(), **dump), encoding="utf-8")
    (root / "expectations" / "own.yaml").write_text(yaml.safe_dump(_expectations(), **dump), encoding="utf-8")
    files = folder / "in"
    files.mkdir()
    names = iter(_file_names())
    for table, frame in _frames().items():
        extra = [pl.lit(1).alias(text) for text in ALL] if table == "posts" else []
        frame.with_columns(extra).write_parquet(files / f"{table} {next(names)}.parquet")
    for place, name in enumerate(names):
        text = f"unit_id,name,valid_to,{'=1+1' if place % 2 else '<b>'}\nv{place},{place},2021-01-01,x\n"
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    project = Project(root)
    report = import_files(project, [files])
    run_project(project, pull=False)
    return project, report
