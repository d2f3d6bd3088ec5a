"""R6, R9, R10: each of the 18 HTTP faults strikes a real pull at the second page of a list, once and without end.

Between the pull and the sandbox stands a server on a raw socket. A list then is read whole, or the report says that it
is not; what was read is kept, and the next pull goes on from the page that failed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import zstandard

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.http import GoneError
from pipelines.sources.refusals import TokenRefusedError
from tests.integration.fault_server import HEAD, Between, FakeTime, answer, graph_error, raw
from tests.integration.projects import sandbox_project

pytestmark = [pytest.mark.promise("R6"), pytest.mark.promise("R9"), pytest.mark.promise("R10")]

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
LISTS = {"facebook_pages": "/published_posts", "x": "/tweets"}


def in_a_minute(now):
    return format_datetime(now + timedelta(seconds=60), usegmt=True)


def reset_of_x(seconds):
    return answer(429, {"title": "Too Many Requests"}, x_rate_limit_reset=lambda now: int(now.timestamp()) + seconds)


@dataclass(frozen=True)
class Case:
    """A fault.

    Args:
        act: what the server does.
        once, ever: the error when it strikes once, and when it has no end; None where the list is read whole.
        wait_s: what the server asks for.
        off_s: how far our clock is off the server's.
    """

    act: object
    once: type[SourceError | CredentialError | DeferredError] | None
    ever: type[SourceError | CredentialError | DeferredError]
    wait_s: float = 0.0
    off_s: float = 0.0
    source: str = "facebook_pages"


_USAGE = json.dumps({"101": [{"type": "pages", "call_count": 90, "estimated_time_to_regain_access": 0.5}]})
_BROKEN = HEAD + b'Content-Length: 900\r\n\r\n{"data": [{"id"'
CASES = {
    "retry-after in seconds": Case(answer(429, {}, Retry_After="7"), None, DeferredError, 7),
    "retry-after as a date": Case(answer(503, {}, Retry_After=in_a_minute), None, SourceError, 60),
    "retry-after above our patience": Case(answer(429, {}, Retry_After="900"), DeferredError, DeferredError, 900),
    "reset of x": Case(reset_of_x(61), None, DeferredError, 61, source="x"),
    "graph limit in http 400": Case(graph_error(4, X_Business_Use_Case_Usage=_USAGE), None, DeferredError, 30),
    "429 without a word": Case(answer(429, {}), None, DeferredError, 15),
    "token expired, 190": Case(graph_error(190, 400, 463), TokenRefusedError, TokenRefusedError),
    "session ended, 102": Case(graph_error(102), TokenRefusedError, TokenRefusedError),
    "401": Case(answer(401, {}), TokenRefusedError, TokenRefusedError),
    "a permission is missing, 10": Case(graph_error(10), CredentialError, CredentialError),
    "does not exist, 100/33": Case(graph_error(100, 400, 33), GoneError, GoneError),
    "500": Case(answer(500, {}), None, SourceError),
    "reset in the body": Case(raw(_BROKEN, reset=True), None, SourceError),
    "end in the body": Case(raw(_BROKEN), None, SourceError),
    "a chunk is cut": Case(raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"data": [{'), None, SourceError),
    "truncated json": Case(answer(200, b'{"data": [{"id": "101_1"'), None, SourceError),
    "html with 200": Case(answer(200, b"<html><body>Log in to this network</body></html>"), None, SourceError),
    "our clock an hour behind": Case(reset_of_x(61), None, DeferredError, 61, off_s=-3600, source="x"),
    "our clock an hour ahead": Case(reset_of_x(61), None, DeferredError, 61, off_s=3600, source="x"),
}
"""BAR section 3; a clock that is off counts as one, in both directions."""


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(World(seed=7, scale=0.2), clock=SandboxClock(NOW), page_cap=2) as running:
        yield running


class Reading:
    """Pulls of one account into one landing, with a fault or without."""

    def __init__(self, sandbox, source, folder):
        self.sandbox = sandbox
        self.source = source
        self.folder = folder
        self.landing = Landing(folder / "landing")

    def pull(self, act=None, *, times=0, off_s=0.0):
        """Read the account; the fault strikes from the second page on, so many times. Returns what a report says."""
        time = FakeTime(off_s, starts=NOW)
        between = Between(time, self.sandbox.url, LISTS[self.source], act, at=2, times=times)
        with between.running() as url:
            platform = self.source.removesuffix("_pages")
            config = project_config(self.sandbox.served.world, url, [platform])
            settings = load_settings(sandbox_project(self.folder / "project", config, NOW))
            first = config["accounts"][0]
            account = Account(
                account_id=f"{platform}:{first['native_id']}", platform=platform, native_id=first["native_id"],
                unit_id=first["unit"], opened_at=datetime.fromisoformat(first["opened_at"]),
            )  # fmt: skip
            plan = PullPlan(now=NOW, post_window_days=60)
            report = pull(
                settings, [account], self.landing, plan=plan, clock=time.clock(), sources=[self.source]
            )  # fmt: skip
        errors = [result.error for result in report.results if result.error]
        complete = [result.complete for result in report.results if result.stream == "posts"]
        return errors, complete == [True], between

    def posts(self):
        """Every post that has landed, as it came."""
        found = []
        for manifest in self.landing.manifests():
            for entry, _ in self.landing.entries(manifest):
                if entry.stream == "posts":
                    lines = zstandard.decompress((self.landing.root / entry.segment).read_bytes()).splitlines()
                    pages = {page["page_id"]: page["rows"] for page in map(json.loads, lines)}
                    found += [json.dumps(row) for row in pages[entry.page_id]]
        return found


@pytest.fixture(scope="module")
def calm(sandbox, tmp_path_factory):
    """What every source's list holds."""
    found = {}
    for source in LISTS:
        reading = Reading(sandbox, source, tmp_path_factory.mktemp(source))
        errors, complete, between = reading.pull()
        assert not errors
        assert complete
        assert between.count > 2, "the list has pages before and after the one that is struck"
        found[source] = sorted(reading.posts()), between.count
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_fault_between_two_pages_costs_no_post_and_is_told(sandbox, calm, tmp_path, case, figure):
    posts, requests = calm[case.source]
    reading = Reading(sandbox, case.source, tmp_path)
    errors, complete, between = reading.pull(case.act, times=1, off_s=case.off_s)
    assert [type(error) for error in errors] == ([case.once] if case.once else [])
    assert complete == (case.once is None), "a list is complete when its last page says so"
    if case.once is None:
        assert sorted(reading.posts()) == posts
        assert between.count == requests + 1
        assert sum(between.time.slept) >= case.wait_s
    else:
        assert between.count == 2, "the refusal is the last request"
        assert len(reading.posts()) < len(posts)
        errors, complete, between = reading.pull()
        assert (errors, complete) == ([], True)
        assert between.count == requests - 1, "the first page is not asked for again"
        assert sorted(reading.posts()) == posts
    figure("faults at the second page of a pull", 1)
    figure("posts lost or doubled", len(set(posts) ^ set(reading.posts())) + len(reading.posts()) - len(posts))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_fault_without_end_is_an_error_of_its_kind_and_moves_no_cursor(sandbox, calm, tmp_path, case, figure):
    posts, _ = calm[case.source]
    reading = Reading(sandbox, case.source, tmp_path)
    errors, complete, between = reading.pull(case.act, times=10_000, off_s=case.off_s)
    assert [type(error) for error in errors] == [case.ever], "never success with fewer rows"
    assert not complete
    tries = between.count - 1
    assert tries <= (1 if issubclass(case.ever, CredentialError | GoneError) else 6)
    assert max(between.time.slept, default=0) <= 132, "the longest wait, and a tenth by chance"
    [(_, number)] = [place for key, place in _unfinished(reading).items() if key[0] == "posts"]
    assert number == 2, "the page that failed is the one to be asked for"
    assert 0 < len(reading.posts()) < len(posts)
    figure("crawls called complete too early", int(complete))
    figure("most tries of one page", float(tries))


def _unfinished(reading):
    return reading.landing.unfinished(reading.source, now=datetime.now(UTC))
