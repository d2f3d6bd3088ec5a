"""R11: what a platform changes in its answers: new fields, missing ones, other types; and a metric that is retired.

The answers are the sandbox's, of every platform, bent on their way; and recorded shapes of real answers, where they lie
beside the repository.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime

import duckdb
import httpx
import pytest
import zstandard

from pipelines.errors import SyfteError
from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.bodies import decode
from pipelines.sources.graph import Feed
from pipelines.sources.http import Clock
from pipelines.sources.registry import api_streams
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.load import load
from tests.integration.projects import sandbox_project
from tests.unit.sandbox.test_wire_traces import TRACES

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
SPECS = TRACES.parent
LISTS = ("data", "items", "feed", "posts", "elements", "videos", "comments", "list")
NEW = "syfte_new_field"
NAMED = {"id", "uri", "did", "open_id"}
"""What an object has that is one of something."""

pytestmark = pytest.mark.promise("R11")


@pytest.fixture(scope="module")
def sandbox():
    world = World(seed=7, scale=0.1)
    with running_sandbox(world, clock=SandboxClock(NOW), page_cap=6) as sandbox:
        yield world, sandbox


@pytest.fixture(scope="module")
def settings(sandbox, tmp_path_factory):
    world, running = sandbox
    config = project_config(world, running.url, "all", comments=True)
    first = {account["platform"]: account for account in reversed(config["accounts"])}
    accounts = [
        Account(account_id=f"{name}:{one['native_id']}", platform=name, native_id=one["native_id"], unit_id=one["unit"])
        for name, one in first.items()
    ]
    return load_settings(sandbox_project(tmp_path_factory.mktemp("drift"), config, NOW)), accounts


class Bent(httpx.AsyncBaseTransport):
    """The network, with answers of status 200 bent on their way."""

    def __init__(self, bend):
        self._way = httpx.AsyncHTTPTransport()
        self._bend = bend

    async def handle_async_request(self, request):
        answer = await self._way.handle_async_request(request)
        body = await answer.aread()
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in ("content-length", "content-encoding")}
        if answer.status_code == 200:
            body = self._bend(f"{request.url.path}?{request.url.query.decode()}", answer.content)
        return httpx.Response(answer.status_code, headers=headers, content=body, request=request)

    async def aclose(self):
        await self._way.aclose()


async def no_sleep(_seconds):
    await asyncio.sleep(0)


def pulled(settings, folder, bend, sources=None):
    """Rows by stream, the pull's report, and the landing."""
    found, accounts = settings
    landing = Landing(folder)
    way = Bent(bend)
    clock = Clock(wall=lambda: NOW, monotonic=lambda: 0.0, sleep=no_sleep, chance=lambda: 0.5)
    report = pull(found, accounts, landing, plan=PullPlan(now=NOW), clock=clock, sources=sources, transport=way)
    rows = {}
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            for line in zstandard.decompress((landing.root / entry.segment).read_bytes()).splitlines():
                page = json.loads(line)
                if page["page_id"] == entry.page_id:
                    rows.setdefault(f"{entry.source}.{entry.stream}", Counter()).update(map(json.dumps, page["rows"]))
    return rows, report, landing


@pytest.fixture(scope="module")
def calm(settings, tmp_path_factory):
    rows, report, _ = pulled(settings, tmp_path_factory.mktemp("calm"), lambda _, body: body)
    assert report.errors == []
    return rows


def objects(body):
    """The objects of an answer that stand for rows: those of its list, or itself."""
    answer = json.loads(body)
    if isinstance(answer, list):
        return answer, answer
    listed = next((answer[name] for name in LISTS if isinstance(answer.get(name), list)), None)
    return answer, [one for one in (listed if listed is not None else [answer]) if isinstance(one, dict)]


def test_a_new_field_everywhere_changes_no_row_and_is_told_by_name(settings, calm, tmp_path, figure):
    def bend(_, body):
        answer = json.loads(body)
        for one in [found for found in _dicts(answer) if NAMED & found.keys()]:
            one[NEW] = {"SENTINEL": "SENTINEL"}
        return json.dumps(answer).encode()

    rows, report, landing = pulled(settings, tmp_path, bend)
    assert report.errors == []
    assert rows == calm
    with prepare(duckdb.connect()) as con:
        load(con, landing, api_streams())
        told = con.execute("select source || '.' || stream from raw.strange_fields where name = ?", [NEW]).fetchall()
    told = {name for (name,) in told}
    made = {"tiktok.accounts", "linkedin.accounts"}  # put together from answers that are no such object
    assert {name for name in rows if name.endswith((".posts", ".media", ".accounts"))} - made <= told
    assert len(told) >= 15
    for path in landing.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"SENTINEL" not in (zstandard.decompress(content) if path.suffix == ".zst" else content)
    figure("streams with a new field", len(told))


KINDS = ("missing", "null", "another type", "huge", "nested", "listed", "unknown word")


def drifted(chance, kind, value):
    """What a platform might send in a value's place."""
    match kind:
        case "null":
            return None
        case "another type":
            return chance.choice([17, "17", True, [], {}, ["x"], {"x": 1}, 1.5])
        case "huge":
            return chance.choice([2**64, "x" * 200_000, [0] * 1000])
        case "unknown word":
            return "SYFTE_NEW_WORD"
    return {"value": value} if kind == "nested" else [value]


def bent_at(chance, body):
    """An answer with one field of one object changed; and the ids of what may be missed for it, None if unchanged."""
    answer, found = objects(body)
    if not found:
        return body, None
    one = chance.choice(found)
    own = ids(one)
    holder = one
    name = chance.choice(sorted(holder)) if holder else None
    while name is not None and isinstance(holder[name], dict) and holder[name] and chance.random() < 0.5:
        holder = holder[name]
        name = chance.choice(sorted(holder))
    if name is None:
        return body, None
    kind = chance.choice(KINDS)
    was = holder.pop(name)
    if kind != "missing":
        holder[name] = drifted(chance, kind, was)
    if isinstance(was, list) and was and holder.get(name) in (None, []):
        return body, None  # a list that comes empty is an answer as good as any: nobody can tell
    own |= set().union(*map(ids, _dicts(was)))  # what stood in the field hangs on it
    own |= {was} if isinstance(was, str) and name.lower().endswith(("id", "uri", "urn")) else set()
    return json.dumps(answer).encode(), own


def ids(found):
    """Everything in an object that could be an id, so that what hangs on it can be told from what does not."""
    names = ("id", "uri", "cid", "tip_id", "urn", "item_id")
    return {str(found[key]) for key in names if isinstance(found.get(key), (str, int))}


def test_one_changed_field_costs_its_own_object_or_is_told(settings, calm, tmp_path, chaos, figure):
    """Whole, or told: where no row was refused and no account failed, no row is gone but what hangs on the changed one.

    What nobody can tell: a changed id, by which one asks in vain, and a list that comes empty and well-formed. The
    first is left out of what is counted, the second is not tried here.
    """
    rounds = chaos.pick(short=3, full=400)
    changed = refused = errors = altered = vanished = 0
    for number in range(rounds):
        touched = []

        def bend(target, body, number=number, touched=touched):
            chance = random.Random(f"{chaos.seed} {number} {target}")  # by the request, for many run side by side
            if chance.random() > 0.05:
                return body
            body, own = bent_at(chance, body)
            touched.extend([] if own is None else [own])
            return body

        rows, report, landing = pulled(settings, tmp_path / str(number), bend)
        assert all(isinstance(error, SyfteError) for error in report.errors)
        told = {result.source for result in report.results if result.error or result.rejected}
        hanging = set().union(*touched)
        for name in calm.keys() - {name for name in calm if name.split(".")[0] in told}:
            now = rows.get(name, Counter())
            gone = [row for row in (calm[name] - now).elements() if not any(one in row for one in hanging)]
            changed = (now - calm[name]).total()  # a row with a changed field stands where the other stood
            assert len(gone) <= changed, (number, name, gone[:2], touched)
            vanished += len(gone) - min(len(gone), changed)
            altered += changed
        with prepare(duckdb.connect()) as con:
            load(con, landing, api_streams())
            law = "select count(*) from raw.pages where rows_read <> rows_stored + rows_duplicate + rows_quarantined"
            assert con.sql(law).fetchall() == [(0,)]
        changed += len(touched)
        refused += sum(result.rejected for result in report.results)
        errors += len(report.errors)
    assert refused
    figure("fields changed at random", changed)
    figure("rows refused for them", refused)
    figure("accounts told of", errors)
    figure("rows altered by them", altered)
    figure("rows gone untold", vanished)


@pytest.mark.skipif(not SPECS.is_dir(), reason="the recorded shapes are not beside the repository")
def test_recorded_shapes_bent_at_random_cost_their_own_object(chaos, figure):
    chance = random.Random(chaos.seed)
    tried = 0
    for path in sorted(SPECS.rglob("*.json")):
        try:
            shapes = [one for one in _dicts(json.loads(path.read_bytes())) if len(one) > 2]
        except ValueError:
            continue
        for shape in chance.sample(shapes, min(len(shapes), chaos.pick(short=3, full=60))):
            body, _ = bent_at(chance, json.dumps({"data": [shape]}).encode())
            neighbour = {"id": "1", "post_id": "1"}
            answer = json.loads(body)
            answer["data"].append(neighbour)
            found, why, _ = decode(json.dumps(answer).encode(), Feed)
            assert found is not None, why
            for stream in api_streams():
                [alone, _] = stream.read([json.dumps(neighbour).encode()])
                kept, rejected = stream.read(found.data)
                assert kept[len(kept) - len(alone) :] == alone, stream.table
                assert len(kept) + len(rejected) == 2
                tried += 1
    assert tried
    figure("recorded shapes read", tried)


def _dicts(value):
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _dicts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner)
