"""R6, R7, R8: a feed that changes while it is read, through the real client, landing and load.

Between two pages posts are inserted, deleted, edited and given older times, pages are served again, turned around or
cut. A crawl told complete has everything that stood throughout; nothing is doubled; loading again changes nothing; and
a post that came late or with an older time is there after the next pull.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import duckdb
import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr

from pipelines.errors import SyfteError
from pipelines.landing import Landing
from pipelines.settings import FacebookPagesSettings, LinkedInSettings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.clients import ClientPool
from pipelines.sources.facebook_pages.client import FacebookPages
from pipelines.sources.http import Clock, HttpClient
from pipelines.sources.linkedin.client import LinkedIn
from pipelines.sources.registry import api_streams
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.load import load

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WINDOW_HOURS = 28 * 24

STEPS = ("nothing", "insert", "delete", "edit", "backdate", "turn", "again", "cut", "html", "down")
"""What happens before an answer: to the feed, or to the answer."""

COUNTED = {"feeds": 0, "pulls": 0, "complete": 0, "late": 0, "found late": 0}


class Feed:
    """Posts of an account, and what happens to them while somebody reads."""

    def __init__(self):
        self.posts: dict[str, dict] = {}
        self.made = 0
        self.touched: set[str] = set()
        self.script: list[tuple[str, int]] = []
        self.again: list | None = None

    def publish(self, age_hours):
        self.made += 1
        name = f"{self.made:04d}"
        self.posts[name] = {"id": name, "at": NOW - timedelta(hours=age_hours, seconds=self.made), "likes": 0}
        self.touched.add(name)
        return name

    def listed(self):
        return sorted(self.posts.values(), key=lambda post: (post["at"], post["id"]), reverse=True)

    def happen(self, what, place):
        names = sorted(self.posts)
        name = names[place % len(names)] if names else None
        if what == "insert":
            self.publish(place % 600)
        elif name and what == "delete":
            del self.posts[name]
        elif name and what == "edit":
            self.posts[name]["likes"] += 1
        elif name and what == "backdate":
            self.posts[name]["at"] -= timedelta(hours=place % 40)
            self.touched.add(name)


class Graph:
    """The feed as Facebook shows it: a cursor names the last object of a page."""

    def __init__(self, feed):
        self.feed = feed

    source = staticmethod(lambda: FacebookPages(FacebookPagesSettings(token=SecretStr("EAAsentinelTOKEN0123456789"))))
    table, name, size = "raw.facebook_pages__posts", "id", 3
    moved_at_most = 99

    def page(self, request):
        params = request.url.params
        since = datetime.fromtimestamp(int(params["since"]), UTC)
        found = [post for post in self.feed.listed() if post["at"] >= since]
        if after := params.get("after"):
            moment, _, name = after.partition("|")
            found = [post for post in found if (post["at"].timestamp(), post["id"]) < (float(moment), name)]
        shown, more = found[: self.size], len(found) > self.size
        rows = [
            {
                "id": post["id"],
                "message": f"likes {post['likes']}",
                "created_time": f"{post['at']:%Y-%m-%dT%H:%M:%S+0000}",
            }
            for post in shown
        ]
        paging = {}
        if shown:
            paging = {"cursors": {"after": f"{shown[-1]['at'].timestamp()}|{shown[-1]['id']}"}}
        if more:
            paging["next"] = "https://graph.example/next"
        return "data", rows, {"paging": paging}


class Offsets:
    """The feed as LinkedIn shows it: a page begins at a number, and everything moves when something goes."""

    def __init__(self, feed):
        self.feed = feed

    source = staticmethod(lambda: LinkedIn(LinkedInSettings(token=SecretStr("AQVsentinelTOKEN0123456789"))))
    table, name, size = "raw.linkedin__posts", "id", 6
    moved_at_most = 3

    def page(self, request):
        if request.url.path != "/rest/posts":
            return "elements", [], {"paging": {"start": 0, "count": 100}}
        start = int(request.url.params.get("start", 0))
        shown = self.feed.listed()[start : start + self.size]
        rows = []
        for post in shown:
            at = int(post["at"].timestamp() * 1000)
            rows.append({"id": f"urn:li:share:{post['id']}", "commentary": f"likes {post['likes']}", "publishedAt": at,
                         "createdAt": at, "lastModifiedAt": at, "lifecycleState": "PUBLISHED"})  # fmt: skip
        return "elements", rows, {"paging": {"start": start, "count": self.size, "links": []}}


class Wire:
    """Answers page by page, and lets happen in between what the script says."""

    def __init__(self, shape, answered_at):
        self.shape, self.feed, self.at = shape, shape.feed, answered_at
        self.deleted = 0
        self.before = None
        self.is_down = False

    def __call__(self, request):
        self.at += timedelta(seconds=1)
        listed, rows, rest = self.shape.page(request)
        whole = json.dumps({listed: rows, **rest}).encode()
        step = self.feed.script.pop(0) if self.feed.script and rows else ("nothing", 0)
        headers = {"Date": format_datetime(self.at, usegmt=True), "facebook-api-version": "v26.0"}
        self.is_down = self.is_down or step[0] == "down"
        if self.is_down:
            return httpx.Response(503, headers=headers)
        if step[0] == "cut":
            return httpx.Response(200, content=whole[: max(1, step[1] % len(whole))], headers=headers)
        if step[0] == "html":
            return httpx.Response(200, content=b"<html>wait</html>", headers=headers)
        if step[0] == "turn":
            rows = rows[::-1]
        if step[0] == "again" and self.before:
            rows = [*rows, *self.before]
        elif step[0] == "delete":
            self.deleted += 1
            if self.deleted <= self.shape.moved_at_most:
                self.feed.happen(*step)
        else:
            self.feed.happen(*step)
        self.before = rows
        return httpx.Response(200, content=json.dumps({listed: rows, **rest}).encode(), headers=headers)


async def no_sleep(_seconds):
    await asyncio.sleep(0)


class FeedMachine(RuleBasedStateMachine):
    shape: type

    def __init__(self):
        super().__init__()
        self.feed = Feed()
        self.folder = tempfile.TemporaryDirectory(prefix="syfte-feed-")
        self.landing = Landing(Path(self.folder.name))
        self.expected: set[str] = set()
        self.streams = [s for s in api_streams() if s.table.startswith(self.shape.table.partition("__")[0])]
        self.pulls = 0
        self.waiting: set[str] = set()
        COUNTED["feeds"] += 1

    def teardown(self):
        try:
            with prepare(duckdb.connect()) as con:
                self.look(con)
        finally:
            self.folder.cleanup()

    @initialize(ages=st.lists(st.integers(0, 600), min_size=5, max_size=16))
    def begin(self, ages):
        for age in ages:
            self.feed.publish(age)

    @rule(age=st.integers(0, 600))
    def publish_late(self, age):
        """It appears now, and says that it is older."""
        self.waiting.add(self.feed.publish(age))
        COUNTED["late"] += 1

    @rule(
        what=st.sampled_from(["delete", "edit", "backdate"]),
        place=st.integers(0, 99),
    )
    def change(self, what, place):
        self.feed.happen(what, place)

    @rule(
        script=st.lists(
            st.tuples(
                st.sampled_from(
                    ["nothing", "insert", "delete", "edit", "backdate", "turn", "again", "cut", "html", "down"]
                ),
                st.integers(0, 999),
            ),
            min_size=2,
            max_size=6,
        )
    )
    def pull(self, script):
        self.pulls += 1
        self.feed.script = list(script)
        self.feed.touched = set()
        stood = set(self.feed.posts)
        pages, error = self.crawl()
        stood &= set(self.feed.posts)
        stood -= self.feed.touched
        posts = [page for page in pages if page.stream.table == self.shape.table]
        complete = any(page.complete for page in posts)
        read = {self.native(row) for page in posts for row in page.rows}
        if not complete:
            assert error, "a crawl that is not complete says why"
            return
        COUNTED["complete"] += 1
        assert stood <= read, f"told complete, and without {sorted(stood - read)}"
        late = self.waiting & stood
        self.expected |= late
        self.waiting -= late | (self.waiting - set(self.feed.posts))

    def native(self, row):
        return json.loads(row)["id"].rpartition(":")[2]

    def crawl(self):
        COUNTED["pulls"] += 1
        now = NOW + timedelta(minutes=self.pulls)
        source, wire = self.shape.source(), Wire(self.shape(self.feed), now)
        pages, error = [], None

        async def go():
            clock = Clock(wall=lambda: now, monotonic=lambda: 0.0, sleep=no_sleep, chance=lambda: 0.5)
            account = Account(
                account_id=f"{source.platform}:101", platform=source.platform, native_id="101", unit_id="u"
            )
            plan = PullPlan(now=now, young_only_hours=WINDOW_HOURS)
            async with ClientPool(
                lambda endpoint: HttpClient(endpoint, transport=httpx.MockTransport(wire), clock=clock)
            ) as clients:
                async for page in source.pull(clients, account, plan):
                    pages.append(page)  # noqa: PERF401  # what came before an error counts

        try:
            asyncio.run(go())
        except SyfteError as raised:
            error = raised
        with self.landing.writer(f"r{self.pulls:04d}") as writer:
            for page in pages:
                writer.add(page)
        return pages, error

    def look(self, con):
        """Load all that landed; what came late is there, nothing is doubled, loading again changes nothing."""
        load(con, self.landing, self.streams)
        before = self.content(con)
        assert load(con, self.landing, self.streams).rows_stored == 0
        assert self.content(con) == before, "loading again changed something"
        stored = {name.rpartition(":")[2] for (name,) in con.sql(f"select id from {self.shape.table}").fetchall()}
        assert self.expected <= stored, f"late posts not in the table: {sorted(self.expected - stored)}"
        COUNTED["found late"] += len(self.expected)
        told = f"select * exclude (page_id, observed_at, ingested_at) from {self.shape.table}"
        counts = f"select (select count(*) from ({told})), (select count(*) from (select distinct * from ({told})))"
        [(rows, different)] = con.sql(counts).fetchall()
        assert rows == different, "the same reading of an object stands twice"
        law = "select count(*) from raw.pages where rows_read <> rows_stored + rows_duplicate + rows_quarantined"
        assert con.sql(law).fetchall() == [(0,)]

    def content(self, con):
        return con.sql(f"select count(*), sum(hash(t)) from {self.shape.table} as t").fetchall()


@pytest.mark.promise("R6")
@pytest.mark.promise("R7")
@pytest.mark.promise("R8")
@pytest.mark.parametrize("shape", [Graph, Offsets], ids=["cursors", "offsets"])
def test_a_feed_that_moves_while_it_is_read_is_read_whole_once_and_with_what_comes_late(shape, chaos, figure):
    for name in COUNTED:
        COUNTED[name] = 0
    machine = type(f"{shape.__name__}Machine", (FeedMachine,), {"shape": shape})
    profile = settings(
        max_examples=chaos.pick(short=15, full=550),
        stateful_step_count=chaos.pick(short=8, full=12),
        deadline=None,
        phases=chaos.pick(short=[Phase.generate], full=[Phase.generate, Phase.shrink]),
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=True,
    )
    run_state_machine_as_test(seeded(chaos.seed)(machine), settings=profile)
    assert COUNTED["complete"] > COUNTED["pulls"] / 4, "hardly a crawl came to its end"
    figure("feeds", COUNTED["feeds"])
    figure("pulls of a feed that moved", COUNTED["pulls"])
    figure("crawls told complete", COUNTED["complete"])
    figure("late posts found at the next pull", COUNTED["found late"])
