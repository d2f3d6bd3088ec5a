"""The whole product reads a real Bluesky network that the official SDK has filled: its tables equal what was put in.

Skipped where the parts are not fetched; `make live` fetches them, and CI sets REQUIRE_LIVE so that nothing is
skipped there without a sound.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.project import Project
from pipelines.run.demonstration import write_goals
from tests.integration.projects import syfte
from tests.live.network import running
from tests.live.parts import MissingPartError, fetch, fetched
from tests.sdks.environments import run_in

REQUIRED = os.environ.get("REQUIRE_LIVE") == "1"
COUNTERS = {"likeCount": "likes", "repostCount": "reposts", "replyCount": "replies", "quoteCount": "quotes"}


@pytest.fixture(scope="module")
def network():
    try:
        with running(fetch() if REQUIRED else fetched()) as network:
            yield network
    except MissingPartError as error:
        if REQUIRED:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def told(network, tmp_path_factory):
    """What was put in, and what stood in the tables after one run and, once more had happened, after two others."""
    project = tmp_path_factory.mktemp("live")
    said = []
    world = run_in("fediverse", "fill_bluesky.py", pds=network.pds, appview=network.appview)
    account = {"platform": "bluesky", "native_id": world["did"], "unit": "nord", "handle": world["handle"],
               "opened_at": "2025-01-01T00:00:00+01:00"}  # fmt: skip
    units = [{"id": "nord", "name": "Nord", "population": 900000}]
    write_goals(Project(project), {"units": units, "accounts": [account]})
    public = {
        "SYFTE_BLUESKY__BASE_URL": network.appview,
        "SYFTE_BLUESKY__COMMENTS": "true",
        "SYFTE_BLUESKY__COUNTER_CHECKS": "20",
        "SYFTE_POST_WINDOW_DAYS": "60",
        "SYFTE_PSEUDONYM_KEY": "a-key-of-32-characters-for-tests",
    }
    assert _ran(project, "run", **public)
    said.append((world, tables(project)))
    world = run_in("fediverse", "fill_bluesky.py", pds=network.pds, appview=network.appview, world=world)
    login = {"SYFTE_BLUESKY__LOGIN_URL": network.pds, "SYFTE_BLUESKY__TOKENS": f'{{"{world["did"]}": "pw-polisen"}}'}
    assert _ran(project, "pull --all", **public, **login)  # what was read a minute ago is not due
    assert _ran(project, "run --all", **public, **login)
    said.append((world, tables(project)))
    return project, said


def _ran(project: Path, command: str, **settings: str) -> bool:
    done = syfte(project, *command.split(), **settings)
    assert done.returncode == 0, done.stderr
    return True


def tables(project: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(project / "data" / "warehouse.duckdb", read_only=True) as con:
        queries = {
            "posts": "select post_id, published_at from marts.dim_post",
            "latest": "select post_id, native_metric, value from published.post_metric_latest where state = 'measured'",
            "gone": "select post_id, deleted_seen_at from published.post where deleted_seen_at is not null",
            "questions": """
                select interaction_id, post_id, asked_at, date_diff('minute', asked_at, answered_at)
                from marts.fct_interaction where kind = 'question'""",
            "checks": "select displayed, listed, is_complete from marts.fct_counter_check",
            "account": """
                select native_metric, arg_max(value, local_date) from marts.fct_account_figure group by all""",
        }
        return {name: con.execute(query).fetchall() for name, query in queries.items()}


def expected(rows):
    return {(f"bluesky:{row['uri']}", native): row[ours] for row in rows for native, ours in COUNTERS.items()}


def shown(found):
    return {(post_id, native): value for post_id, native, value in found["latest"] if native != "bookmarkCount"}


@pytest.mark.parametrize("reading", [0, 1])
def test_every_counter_of_every_post_is_what_was_put_in(told, reading):
    _, said = told
    world, found = said[reading]
    gone = {f"bluesky:{world['deleted']['uri']}"} if reading else set()
    assert len(world["posts"]) == 251 - reading
    assert {key: value for key, value in shown(found).items() if key[0] not in gone} == expected(world["posts"])
    assert {post_id for post_id, _ in found["posts"]} - gone == {f"bluesky:{row['uri']}" for row in world["posts"]}


def test_posts_are_dated_by_what_can_be_true(told):
    _, [(world, found), _] = told
    dated = dict(found["posts"])
    now = datetime.fromisoformat(world["now"])
    for row in world["posts"]:
        claimed = datetime.fromisoformat(row["created_at"])
        published = dated[f"bluesky:{row['uri']}"]
        if claimed <= now:
            assert published == claimed
        else:
            assert now <= published < now + timedelta(minutes=5)
    assert sum(datetime.fromisoformat(row["created_at"]) > now for row in world["posts"]) == 1


def test_a_deletion_is_noticed_and_what_was_unliked_falls(told):
    _, [(before, first), (world, second)] = told
    assert first["gone"] == []
    assert [post_id for post_id, _ in second["gone"]] == [f"bluesky:{world['deleted']['uri']}"]
    [was] = [row["likes"] for row in before["posts"] if row["uri"] == world["unliked"]]
    assert shown(second)[f"bluesky:{world['unliked']}", "likeCount"] == was - 1


def test_questions_wait_as_long_as_they_did(told):
    _, [(world, found), _] = told
    # who asked stands in the uri, and is a hash in what we keep
    assert sorted((uri.rpartition("/")[2], *rest) for uri, *rest in found["questions"]) == sorted(
        (
            one["uri"].rpartition("/")[2],
            f"bluesky:{one['post']}",
            datetime.fromisoformat(one["asked_at"]),
            one["minutes"],
        )
        for one in world["questions"]
    )
    assert not {f"bluesky:{one['uri']}" for one in world["questions"]} & {uri for uri, *_ in found["questions"]}


def test_the_account_has_its_followers(told):
    _, [(world, found), _] = told
    assert dict(found["account"])["followersCount"] == world["followers"]


def test_counters_that_are_right_equal_their_lists(told):
    _, said = told
    for _, found in said:
        assert found["checks"]
        assert all(displayed == listed and is_complete for displayed, listed, is_complete in found["checks"])


def test_nothing_that_people_said_or_are_called_is_kept_and_no_token(told):
    project, [_, (world, _)] = told
    files = [path for path in (project / "data").rglob("*") if path.is_file() and "tokens" not in path.parts]
    assert files
    kept = b"".join(_plain(path) for path in files)
    for secret in ("Vart lämnar jag tips", "citat", "p00.test", "pw-polisen"):
        assert secret.encode() not in kept
    assert world["did"].encode() in kept


def _plain(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".zst":
        return content
    import zstandard

    return zstandard.ZstdDecompressor().stream_reader(content).read()
