"""What we ask of Meta, and what the sandbox answers, against the lists of fields and metrics that Meta's SDK bears."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.exchange import Ask
from pipelines.sandbox.fields import parse_fields
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan

SPECS = Path(__file__).parents[3] / "shared" / "reference" / "specs"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
META = ("facebook", "instagram")

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the specifications are not beside the repository")


def spec(name):
    return json.loads((SPECS / name).read_text(encoding="utf-8"))


def listed(kind):
    """Fields of a Graph object, and its edges, which can be asked for like fields."""
    found = spec("facebook/facebook_business_v26_fields.json")["objects"][kind]
    return {*found["fields"], *(edge.removeprefix("get_") for edge in found["get_edges"])}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Every request of a pull of one account of each platform, and the sandbox itself."""
    world = World(seed=7, scale=0.2)
    with pytest.MonkeyPatch.context() as patch, running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        config = project_config(world, sandbox.url)
        for name, value in (config["environment"] | {"SYFTE_NOW": NOW.isoformat()}).items():
            patch.setenv(name, value)
        for source in ("FACEBOOK_PAGES", "INSTAGRAM"):
            patch.setenv(f"SYFTE_{source}__COMMENTS", "true")
        patch.setenv("SYFTE_PSEUDONYM_KEY", "k" * 32)
        first = {a["platform"]: a for a in reversed(config["accounts"])}
        accounts = [
            Account(account_id=f"{p}:{a['native_id']}", platform=p, native_id=a["native_id"], unit_id=a["unit"])
            for p, a in first.items()
            if p in META
        ]
        home = tmp_path_factory.mktemp("project")
        report = pull(
            load_settings(home), accounts, Landing(home / "landing"), plan=PullPlan(now=NOW),
            sources=["facebook_pages", "instagram"],
        )  # fmt: skip
        report.raise_for_errors()
        yield sandbox, list(sandbox.requests), {p: a["native_id"] for p, a in first.items()}


def kind_of(path, ids):
    """The Graph object that a path answers with; None for insights and what is no Graph path."""
    parts = path.strip("/").split("/")[1:]
    if parts[-1:] in (["insights"], ["debug_token"]) or not re.match(r"/v\d+\.\d+/", path):
        return None
    of_instagram = parts[0] == ids["instagram"] or not parts[0].startswith(ids["facebook"])
    edges = {"published_posts": "pagepost", "media": "igmedia", "stories": "igmedia", "replies": "igcomment"}
    if len(parts) == 1:
        return "iguser" if of_instagram else "page"
    return edges.get(parts[1]) or ("igcomment" if of_instagram else "comment")


def test_every_field_that_is_asked_for_exists(asked):
    _, requests, ids = asked
    seen = set()
    for request in requests:
        kind = kind_of(request.path, ids)
        if kind and "fields" in request.query:
            seen.add(kind)
            assert {field.name for field in parse_fields(request.query["fields"])} <= listed(kind), request.path
    assert {"page", "pagepost", "iguser", "igmedia"} <= seen


def test_every_field_of_the_sandboxs_answers_exists(asked):
    sandbox, requests, ids = asked
    for request in requests:
        kind = kind_of(request.path, ids)
        if kind is None:
            continue
        ask = Ask(path=request.path, query=request.query, headers=request.headers, base=sandbox.url,
                  now=int(NOW.timestamp()))  # fmt: skip
        body = sandbox.answer(ask).body
        for row in body["data"] if isinstance(body.get("data"), list) else [body]:
            assert row.keys() <= listed(kind) | {"id"}, request.path


def test_every_metric_that_is_asked_for_is_live_on_the_published_lists(asked):
    _, requests, ids = asked
    pages, insta = spec("facebook/page_insights_metrics.json"), spec("instagram/insights_metrics.json")
    on_page, on_post = ({row["name"] for row in pages[scope]} for scope in ("page", "post"))
    on_media = {row["name"] for row in insta["media"]}
    on_account = {row["name"] for row in insta["account"]}
    for request in requests:
        parts = request.path.strip("/").split("/")[1:]
        if parts[-1:] == ["insights"]:
            known = {ids["facebook"]: on_page, ids["instagram"]: on_account}.get(parts[0], on_media)
            assert set(request.query["metric"].split(",")) <= known, request.path
        nested = re.search(r"insights\.metric\(([^)]*)\)", request.query.get("fields", ""))
        if nested:
            assert set(nested[1].split(",")) <= (on_post if "published_posts" in request.path else on_media)
