"""The whole product reads a Mastodon-compatible server that somebody lends: its tables equal what was put in.

Needs `SYFTE_LIVE_MASTODON_URL` and `SYFTE_LIVE_MASTODON_TOKEN` (scopes `read` and `write`), of an account that may post
45 unlisted posts; they are deleted afterwards.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import duckdb
import pytest

from pipelines.project import Project
from pipelines.run.demonstration import write_goals
from tests.integration.projects import syfte
from tests.sdks.environments import run_in

COUNTERS = {"favourites_count": "likes", "reblogs_count": "reposts", "replies_count": "replies"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What was put in and what stood in the tables: after one run, and once more had happened, after two others."""
    url, token = (os.environ.get(f"SYFTE_LIVE_MASTODON_{name}") for name in ("URL", "TOKEN"))
    if not (url and token):
        pytest.skip("no server is lent: set SYFTE_LIVE_MASTODON_URL and SYFTE_LIVE_MASTODON_TOKEN")
    project = tmp_path_factory.mktemp("live")
    world = run_in("fediverse", "fill_mastodon.py", url=url, token=token)
    try:
        host = urlsplit(url).netloc
        native_id = f"{world['number']}@{host}"
        account = {"platform": "mastodon", "native_id": native_id, "unit": "nord", "handle": world["handle"],
                   "opened_at": "2025-01-01T00:00:00+01:00"}  # fmt: skip
        units = [{"id": "nord", "name": "Nord", "population": 900000}]
        write_goals(Project(project), {"units": units, "accounts": [account]})
        settings = {"SYFTE_MASTODON__TOKENS": f'{{"{native_id}": "{token}"}}', "SYFTE_MASTODON__COUNTER_CHECKS": "20"}
        if url.startswith("http://"):
            settings["SYFTE_MASTODON__BASE_URL"] = url  # this machine; elsewhere a server is found by its name
        ran(project, "run", **settings)
        said = [(world, tables(project))]
        world = run_in("fediverse", "fill_mastodon.py", url=url, token=token, world=world)
        ran(project, "pull --all", **settings)
        ran(project, "run --all", **settings)
        said.append((world, tables(project)))
        yield project, token, host, said
    finally:
        run_in("fediverse", "fill_mastodon.py", url=url, token=token, world=world, clean=True)


def ran(project, command, **settings):
    done = syfte(project, *command.split(), **settings)
    assert done.returncode == 0, done.stderr


def tables(project):
    with duckdb.connect(project / "data" / "warehouse.duckdb", read_only=True) as con:
        queries = {
            "posts": "select post_id, text from marts.dim_post",
            "latest": "select post_id, native_metric, value from published.post_metric_latest where state = 'measured'",
            "gone": "select post_id from published.post where deleted_seen_at is not null",
            "checks": "select displayed, listed, is_complete from marts.fct_counter_check",
        }
        return {name: con.execute(query).fetchall() for name, query in queries.items()}


@pytest.mark.parametrize("reading", [0, 1])
def test_every_counter_and_text_of_every_post_is_what_was_put_in(told, reading):
    _, _, host, said = told
    world, found = said[reading]
    expected = {
        (f"mastodon:{row['id']}@{host}", native): row[ours]
        for row in world["posts"]
        for native, ours in COUNTERS.items()
    }
    shown = {(post_id, native): value for post_id, native, value in found["latest"]}
    assert {key: shown.get(key) for key in expected} == expected
    texts = dict(found["posts"])
    assert {row["id"]: texts[f"mastodon:{row['id']}@{host}"] for row in world["posts"]} == {
        row["id"]: row["text"] for row in world["posts"]
    }


def test_a_deletion_is_noticed(told):
    _, _, host, [(_, first), (world, second)] = told
    deleted = (f"mastodon:{world['deleted']}@{host}",)
    assert deleted not in first["gone"]
    assert deleted in second["gone"]


def test_counters_are_held_against_their_lists(told):
    _, _, _, said = told
    for _, found in said:
        assert found["checks"]
        assert all(displayed == listed for displayed, listed, is_complete in found["checks"] if is_complete)


def test_no_token_is_kept(told):
    project, token, _, _ = told
    files = [path for path in (project / "data").rglob("*") if path.is_file()]
    assert files
    assert not any(token.encode() in path.read_bytes() for path in files)
