"""Canaries in tips, comments, names, survey answers and posts go the whole way, and are found only where they may be.

What people wrote to the institution, and who they are, is found in no byte of anything: not in a store, a log, an error
or a file's name. The text of the institution's own posts is found where it is documented to be kept, and not in
figures, checks, logs, or Dagster's books.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import dagster as dg
import pytest

from pipelines.cli import main
from pipelines.definitions import defs
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from tests.byte_search import ByteSearch
from tests.integration.projects import sandbox_project
from tests.security.planted import CANARY, COMMENT, POST, TIP, first_of_each, plant_canaries

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
FILE_TIP, ANSWER, STRAY = f"{CANARY}-tips", f"{CANARY}-svar", f"{CANARY}-blad"
NOWHERE = (f"{TIP}FRITEXT", f"{TIP}NAMN", CANARY)

FILES = {
    "tips.csv": [
        {"tip_id": "a1", "received_at": "2025-12-01T09:14:07Z", "unit_id": "north", "channel": "phone",
         "heard_via": f"{FILE_TIP} sa grannen", "disposition": f"{FILE_TIP} okänd", "text": f"{FILE_TIP} jag såg honom",
         "name": f"{FILE_TIP} Testsson", "phone": f"070-{FILE_TIP}", "email": f"{FILE_TIP}@exempel.example",
         "case_number": f"K-{FILE_TIP}", "ip": FILE_TIP, "ref_code": f"{FILE_TIP} via en vän",
         "appeal_id": f"{FILE_TIP} om branden"},
        # refused, for there is no such month: what is kept of it must not be what it said
        {"tip_id": "a2", "received_at": "2025-13-01T09:14:07Z", "unit_id": "north", "channel": FILE_TIP,
         "text": f"{FILE_TIP} igen", "name": f"{FILE_TIP} Testsson"},
    ],
    "surveys.csv": [
        {"survey_id": "s1", "conducted_from": "2025-11-01", "conducted_to": "2025-11-20",
         "sample_type": "probability_sample", "question": "trust", "interviewer": ANSWER},
    ],
    "survey_responses.csv": [
        {"survey_id": "s1", "resp_id": str(number), "answer": "yes", "weight": "1.0", "region": "north",
         "free_text": f"{ANSWER} jag heter", "name": ANSWER, "comment": ANSWER}
        for number in range(30)
    ] + [{"survey_id": "s1", "resp_id": "30", "answer": f"Jag heter {ANSWER} och vill berätta om " + "allt " * 20}],
    "posts.csv": [
        {"post_id": "facebook:1_2", "account_id": "facebook:1", "published_at": "2025-12-01T09:00:00Z",
         "text": f"{POST} vi söker vittnen", "created_by": STRAY, "top_comment": f"{COMMENT} hej"},
    ],
    "stray.csv": [{"Blad 2": STRAY, "Anteckningar": STRAY}],
}  # fmt: skip


def write(folder):
    folder.mkdir()
    for name, rows in FILES.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            table.writeheader()
            table.writerows(rows)
    return folder


class Listening(logging.Handler):
    """All that is logged, with the records' own fields."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.said = []

    def emit(self, record):
        self.said.append(f"{self.format(record)} {record.__dict__!r}")


OWN = """
table: marts.dim_post
expectations:
  - says: no post has a text
    condition: text is null
    severity: error
    why: Every row with a canary breaks it.
"""

COMMANDS = (
    ("run", "--verbose"), ("status",), ("scorecard",), ("explain", "A1"), ("quarantine", "list"),
    ("revisions",),
    ("sql", "from published.post"), ("sql", "select nonsense from published.post"),
    ("sql", "from published.load_log"), ("sql", ".schema"),
)  # fmt: skip


def go(folder, world, printed):
    """The whole way, by every command, twice; then the same by Dagster. Returns what was said."""
    said = []

    def syfte(*arguments):
        code = main(["--project", str(folder / "project"), *arguments])
        shown = printed.readouterr()
        said.append((" ".join(arguments), code, shown.out, shown.err))
        return code

    with running_sandbox(world, clock=SandboxClock(NOW), tips_extra_fields=True) as sandbox:
        config = first_of_each(project_config(world, sandbox.url, ["facebook", "mastodon", "bluesky"], comments=True))
        sandbox_project(folder / "project", config, NOW)
        syfte("--verbose", "import", str(folder / "files"))
        sandbox.faults.set([Fault("poison_row", 1, dialect=one) for one in ("meta", "mastodon", "tips")])
        codes = {command: syfte(*command) for command in COMMANDS}
        syfte("quarantine", "list", "--format", "json")
        refused = json.loads(said[-1][2])
        codes |= {("show", one["newest_id"]): syfte("quarantine", "show", one["newest_id"]) for one in refused}
        own = folder / "project" / "expectations" / "own.yaml"
        own.parent.mkdir(exist_ok=True)
        own.write_text(OWN, encoding="utf-8")
        codes |= {command: syfte(*command) for command in (("run", "--no-pull"), ("quality",), ("quality", "--all"))}
        own.unlink()
        home = folder / "dagster"
        home.mkdir()
        with dg.DagsterInstance.local_temp(str(home)) as instance, pytest.MonkeyPatch.context() as patch:
            patch.setenv("SYFTE_PROJECT_DIR", str(folder / "project"))
            keys = [dg.AssetKey(["landing", "facebook_pages"]), dg.AssetKey(["published", "post"])]
            job = defs().resolve_implicit_global_asset_job_def()
            done = [
                job.execute_in_process(instance=instance, asset_selection=[key], raise_on_error=False).success
                for key in keys
            ]
    shown = printed.readouterr()
    said.append(("dagster", 0, shown.out, shown.err))
    return SimpleNamespace(folder=folder, said=said, codes=codes, done=done)


@pytest.fixture(scope="module")
def went(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("canary")
    write(folder / "files")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    listening = Listening()
    root = logging.getLogger()
    with pytest.MonkeyPatch.context() as patch, capture.global_and_fixture_disabled():
        for name in [name for name in os.environ if name.startswith("SYFTE_")]:
            patch.delenv(name)
        plant_canaries(patch)
        root.addHandler(listening)
        before = root.level
        root.setLevel(logging.DEBUG)
        from _pytest.capture import FDCapture, MultiCapture

        printed = MultiCapture(in_=None, out=FDCapture(1), err=FDCapture(2))
        printed.start_capturing()
        try:
            found = go(folder, World(seed=7, scale=0.1), printed)
        finally:
            printed.stop_capturing()
            root.removeHandler(listening)
            root.setLevel(before)
    found.log = listening.said
    return found


@pytest.fixture(scope="module")
def search(went):
    search = ByteSearch((*NOWHERE, POST))
    search.tree(went.folder, skip=lambda path: went.folder / "files" in [path, *path.parents])
    for command, _, out, err in went.said:
        search.data(f"stdout of {command}", out).data(f"stderr of {command}", err)
    return search.data("log", "\n".join(went.log))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_canaries_went_the_whole_way(went):
    assert went.codes["run", "--verbose"] == 0, went.said[1]
    assert went.codes["scorecard",] == 0
    assert went.codes["run", "--no-pull"] == 10
    assert went.codes["quality",] == 10
    shown = [code for command, code in went.codes.items() if command[0] == "show"]
    assert len(shown) >= 2
    assert not any(shown)
    read = {path.parts[-3] for path in (went.folder / "project/data/landing").glob("*/comments/*")}
    assert read == {"facebook_pages", "mastodon", "bluesky"}
    assert went.done == [True, True]
    assert ByteSearch((FILE_TIP,)).tree(went.folder / "files").hits


@pytest.mark.promise("S1", "P1")
@pytest.mark.slow
def test_what_people_wrote_and_who_they_are_is_found_nowhere(search, figure):
    found = [hit for hit in search.hits if POST not in hit.rsplit(": ", 1)[1]]
    figure("canaries searched for", len(NOWHERE))
    figure("bytes searched for canaries", search.read + search.unpacked)
    figure("canaries found", len(found))
    assert search.read + search.unpacked > 1_000_000
    assert found == [], "\n".join(found[:12])


ALLOWED = re.compile(
    r"/data/landing/[a-z_]+/posts/|\(raw\.bluesky__posts\)\.record"
    r"|\((?:raw\.\w+__posts|staging\.stg_\w+__posts|marts\.dim_post)\)\.(?:text|message|content)"
    r"|/data/warehouse\.duckdb: text"
)
"""Where the texts of own posts are documented to be (docs/tables.md): nothing that is published holds one."""


@pytest.mark.promise("P1")
@pytest.mark.slow
def test_the_text_of_own_posts_is_where_it_is_documented_to_be_and_nowhere_else(search, figure):
    found = [hit for hit in search.hits if POST in hit.rsplit(": ", 1)[1]]
    elsewhere = [hit for hit in found if not ALLOWED.search(hit)]
    figure("places with texts of own posts", len(found))
    figure("of them undocumented", len(elsewhere))
    assert any("(marts.dim_post).text" in hit for hit in found)
    assert elsewhere == []
