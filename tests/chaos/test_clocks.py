"""R13: whatever zone the host is in and however far its clock is off, the same is read and the same is published."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run import pull_all
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from tests.chaos import clocks
from tests.integration.projects import ROOT, environment, sandbox_project

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.promise("R13")]

NIGHTS = [
    f"2025-{day}T04:15:00+00:00" for day in ("03-29", "03-30", "03-31", "10-25", "10-26", "10-27")
]  # the clocks of the organisation's zone go forward, and back
MORNING = datetime(2026, 1, 5, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


def project(folder, world, url, *, host_clock=False):
    made = sandbox_project(folder, project_config(world, url, ["facebook"]), MORNING)
    if host_clock:
        kept = [line for line in (made / ".env").read_text(encoding="utf-8").splitlines() if "SYFTE_NOW" not in line]
        # a first reading reaches back from the host's own time: at 28 days a post of this world lies in that hour
        kept.append("SYFTE_POST_WINDOW_DAYS=30")
        (made / ".env").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return Project(made)


def elsewhere(folder, *instants, zone="UTC", before=()):
    """What a process with that zone and clock published."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.chaos.clocks", str(folder), *instants],
        cwd=ROOT, env=environment(TZ=zone), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def differing(one, other):
    """Rows that only one of two publications has, by table."""
    names = one["tables"].keys() | other["tables"].keys()
    rows = {name: set(one["tables"].get(name, ())) ^ set(other["tables"].get(name, ())) for name in names}
    return {name: sorted(found)[:4] for name, found in rows.items() if found}


@pytest.fixture(scope="module")
def right(world, tmp_path_factory):
    """What a host publishes whose clock is right."""
    with running_sandbox(world, clock=SandboxClock(MORNING)) as sandbox, time_machine.travel(MORNING, tick=True):
        return clocks.told(project(tmp_path_factory.mktemp("right"), world, sandbox.url, host_clock=True))


def test_the_published_tables_are_equal_in_every_zone_over_the_nights_of_summer_time(world, tmp_path, chaos, figure):
    zones = chaos.pick(
        short=["Pacific/Apia"],
        full=["UTC", "Europe/Stockholm", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"],
    )
    nights = chaos.pick(short=NIGHTS[4:], full=NIGHTS)
    found = {}
    for zone in ("here", *zones):
        with running_sandbox(world, clock=SandboxClock(MORNING)) as sandbox:
            made = project(tmp_path / zone.replace("/", "-"), world, sandbox.url)
            found[zone] = clocks.told(made, nights) if zone == "here" else elsewhere(made.root, *nights, zone=zone)
    here = found.pop("here")
    assert here["tables"]["post_metric_daily"]
    assert here["tables"]["kpi_daily"]
    different = {zone: differing(here, one) for zone, one in found.items()}
    figure("zones of the host", len(zones))
    figure("published tables compared", len(here["tables"]))
    figure("tables that differ", sum(map(len, different.values())))
    assert not any(different.values()), different
    assert here["hours"] == {"2025-03-30": 23.0, "2025-10-26": 25.0, "gaps": 0}
    assert all(one["hours"] == here["hours"] for one in found.values())


def test_a_host_whose_clock_is_an_hour_off_publishes_the_same(world, right, tmp_path, chaos, figure):
    if not chaos.full:
        pytest.skip("a build for each clock: only in `make chaos`")
    faketime = chaos.needs("faketime")
    for off in (-1, 1):
        with running_sandbox(world, clock=SandboxClock(MORNING)) as sandbox:
            made = project(tmp_path / str(off), world, sandbox.url, host_clock=True)
            clock = f"@2026-01-05 {MORNING.hour + off:02}:00:00"
            found = elsewhere(made.root, before=[faketime, "--exclude-monotonic", "-f", clock])
        assert differing(right, found) == {}, off
        assert any("clock is 0:59" in text for text in found["warnings"]) == (off < 0), "a slow clock is told"
        figure("host clocks an hour off", 1)


def test_a_clock_that_is_set_back_between_two_runs_leaves_nothing_unread_and_is_told(world, right, tmp_path, figure):
    with running_sandbox(world, clock=SandboxClock(MORNING - HOUR / 2)) as sandbox:
        made = project(tmp_path, world, sandbox.url, host_clock=True)
        landing = Landing(made.landing_dir)
        with time_machine.travel(MORNING + HOUR / 2, tick=True):  # an hour fast
            pull_all(made).raise_for_errors()
        sandbox.set_clock(MORNING)
        with time_machine.travel(MORNING - HOUR, tick=True):  # set back, and now an hour slow
            found = clocks.told(made)
    names = [one.stem for one in landing.manifests()]
    assert names[0] < names[1], "the second run bears the earlier name"
    for table in ("post", "post_metric_latest", "account_daily"):
        assert set(right["tables"][table]) <= set(found["tables"][table]), f"{table}: the second reading is the last"
    lost = set(right["tables"]["post_metric_latest"]) - set(found["tables"]["post_metric_latest"])
    figure("readings lost by a clock set back", len(lost))
    assert found["as_of"] == MORNING.isoformat()
    assert any("clock is 0:59" in text or "clock is 1:00" in text for text in found["warnings"]), found["warnings"]
