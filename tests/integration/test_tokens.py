"""Tokens that end, are renewed, and are lost, over loopback: from the sandbox's token endpoints to the landing."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml

from pipelines.cli.program import run_program
from pipelines.errors import StorageError
from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.refusals import TokenRefusedError
from pipelines.sources.renewal import RefusedRenewalError
from pipelines.sources.tips.client import IntakeDialect
from pipelines.tokens.keeper import Keeper

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.1)


@pytest.fixture
def sandbox(world):
    with running_sandbox(world, clock=SandboxClock(NOW)) as running:
        yield running


class Project:
    """A project that reads the sandbox, one account of each platform."""

    def __init__(self, folder, sandbox, world):
        self.folder, self.sandbox, self.world, self.now = folder, sandbox, world, NOW
        self.config = project_config(world, sandbox.url, "all", renewing=True)
        self.accounts = {}
        for said in self.config["accounts"]:
            platform, native_id = said["platform"], said["native_id"]
            self.accounts.setdefault(
                platform,
                Account(account_id=f"{platform}:{native_id}", platform=platform, native_id=native_id, unit_id="n"),
            )
        self.write()

    def write(self, **changed):
        said = self.config["environment"] | {"SYFTE_NOW": self.now.isoformat()} | changed
        lines = [f"{name}='{value}'" for name, value in said.items()]
        (self.folder / ".env").write_text("\n".join(lines), encoding="utf-8")
        (self.folder / ".env").chmod(0o600)

    def later(self, **delta):
        self.now += timedelta(**delta)
        self.sandbox.set_clock(self.now)
        self.write()

    def pull(self, *platforms, on_event=lambda _event: None):
        plan = PullPlan(now=self.now, post_window_days=3)
        sources = [{"facebook": "facebook_pages"}.get(platform, platform) for platform in platforms]
        settings, landing = load_settings(self.folder), Landing(self.folder / "data" / "landing")
        accounts = [self.accounts[platform] for platform in platforms]
        return pull(settings, accounts, landing, sources=sources, plan=plan, on_event=on_event)

    def asked(self, path):
        return [request for request in self.sandbox.requests if request.path == path]


@pytest.fixture
def project(tmp_path, sandbox, world, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, sandbox, world)


def test_a_pull_signs_in_with_a_refresh_token_and_renews_when_two_hours_are_over(project):
    project.pull("x").raise_for_errors()
    project.pull("x").raise_for_errors()
    assert len(project.asked("/2/oauth2/token")) == 1
    project.later(hours=2)
    project.pull("x").raise_for_errors()
    assert len(project.asked("/2/oauth2/token")) == 2
    used = {r.headers["authorization"] for r in project.sandbox.requests if r.path.endswith("/tweets")}
    assert len(used) == 2


def test_a_full_disk_at_a_tokens_own_file_ends_with_the_disks_code_while_others_are_read(project, monkeypatch):
    real = os.open

    def full(path, flags, *args, **named):
        if "/data/tokens/" in str(path) and flags & os.O_CREAT and str(path).endswith(".part"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, flags, *args, **named)

    monkeypatch.setattr(os, "open", full)
    report = project.pull("x", "mastodon")
    with pytest.raises(StorageError, match="No space left on device") as raised:
        report.raise_for_errors()
    assert raised.value.exit_code == 3
    assert "/data/tokens/" in raised.value.where
    assert {result.source for result in report.results if result.rows} >= {"mastodon"}


def test_a_token_refused_before_its_time_is_renewed_once_and_the_account_is_read(project):
    project.pull("x").raise_for_errors()
    project.sandbox.faults.set([Fault("token_expired", path="/tweets")])
    before = len(project.sandbox.requests)
    report = project.pull("x")
    report.raise_for_errors()
    assert {r.stream for r in report.results if r.complete} >= {"accounts", "posts"}
    paths = [request.path.rsplit("/", 1)[-1] for request in project.sandbox.requests[before:]]
    assert paths.count("token") == 1


def test_a_token_that_cannot_be_renewed_is_refused_after_one_request(project):
    native_id = project.accounts["facebook"].native_id
    token = project.config["tokens"]["facebook"][native_id]
    project.write(SYFTE_FACEBOOK_PAGES__TOKENS=json.dumps({native_id: token}))
    project.sandbox.faults.set([Fault("token_expired", path=native_id)])
    report = project.pull("facebook")
    assert [type(error) for error in report.errors] == [TokenRefusedError]
    assert len(project.sandbox.requests) == 1


def test_a_refresh_token_that_somebody_else_has_used_is_told_and_warned_of_until_a_new_one_is_set(project, capsys):
    project.pull("x").raise_for_errors()
    project.later(hours=3)
    project.sandbox.faults.set([Fault("refresh_token_used")])
    for _ in range(2):
        [error] = project.pull("x").errors
        assert isinstance(error, RefusedRenewalError)
        assert "invalid_grant" in error.what
        assert "Sign in to x again" in error.do
    goals_for(project, "x")
    assert run_program(["auth", "status", "--format", "json"]) == 0
    [row] = [row for row in json.loads(capsys.readouterr().out) if row["source"] == "x"]
    assert row["state"] == "refused"
    assert "set the new token" in row["what to do"]


def goals_for(project, *platforms):
    """goals.yaml with one account of each platform."""
    example = yaml.safe_load((Path(__file__).parents[2] / "goals.yaml").read_text(encoding="utf-8"))
    example["units"]["members"] = [{"id": "n", "name": "North", "population": 1000}]
    example["accounts"] = [
        {"platform": platform, "id": project.accounts[platform].native_id, "unit": "n"} for platform in platforms
    ]
    project.config = project_config(project.world, project.sandbox.url, platforms, renewing=True)
    project.write()
    (project.folder / "goals.yaml").write_text(yaml.safe_dump(example, allow_unicode=True), encoding="utf-8")


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_in_dagster_a_token_that_was_not_renewed_is_a_warning_and_the_run_is_green(project):
    import dagster as dg

    from pipelines.defs.landing import TOKENS_LAST, landing
    from pipelines.project import Project as ProjectDirectory

    goals_for(project, "x")
    project.pull("x").raise_for_errors()
    project.later(minutes=115)  # five minutes are left
    project.sandbox.faults.set([Fault("refresh_token_used")])
    assets = [one for one in landing().assets or () if isinstance(one, dg.AssetsDefinition)]
    [pulled] = [one for one in assets if one.key == dg.AssetKey(["landing", "x"])]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [pulled], instance=instance, resources={"project": ProjectDirectory(project.folder)}
        )  # fmt: skip
    assert result.success
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert checks["read_in_full"].passed
    assert not checks[TOKENS_LAST].passed
    assert checks[TOKENS_LAST].severity == dg.AssetCheckSeverity.WARN
    assert "invalid_grant" in (checks[TOKENS_LAST].description or "")


class Source:
    """As much of a source as the keeper asks for."""

    def __init__(self, name, url):
        self.name = name
        self._endpoint = Endpoint(
            source=name, base_url=url, hosts=frozenset(), dialect=IntakeDialect(), setting="", token_setting=""
        )

    def endpoints(self, _accounts):
        return (self._endpoint,)


@pytest.mark.parametrize(
    ("platform", "hours", "renewals"),
    [("tiktok", 2, 2), ("youtube", 1, 2), ("bluesky", 2, 2), ("linkedin", 24, 1), ("threads", 25, 1)],
)
def test_every_platforms_own_token_endpoint_renews_and_what_it_gives_is_accepted(project, platform, hours, renewals):
    sandbox, one = project.sandbox, project.accounts[platform]
    source, used = Source(platform, sandbox.url), []
    for _ in range(2):
        keeper = Keeper(load_settings(project.folder))
        used.append(asyncio.run(keeper.ready(source, one)).get_secret_value())
        sandbox.served.tokens.issued.at(int(project.now.timestamp()))
        assert sandbox.served.tokens.owner(platform, used[-1]) == one.native_id
        project.later(hours=hours)
    configured = sandbox.served.tokens.of_source(platform).values()
    assert len(set(used) - set(configured)) == renewals
    if renewals == 2:  # what lives for hours has ended by now
        sandbox.served.tokens.issued.at(int(project.now.timestamp()))
        assert sandbox.served.tokens.owner(platform, used[-1]) is None


@pytest.mark.parametrize(
    ("path", "client"), [("/2/oauth2/token", "client_id"), ("/v2/oauth/token/", "client_key")]
)  # fmt: skip
def test_a_rotated_refresh_token_fails_the_second_time(project, path, client):
    platform = "x" if path.startswith("/2") else "tiktok"
    first = project.sandbox.served.tokens.refresh_tokens(platform)[project.accounts[platform].native_id]
    form = {"grant_type": "refresh_token", "refresh_token": first, client: "sandbox-client"}
    answers = [httpx.post(project.sandbox.url + path, data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"] == "invalid_grant"
    again = httpx.post(project.sandbox.url + path, data=form | {"refresh_token": answers[0].json()["refresh_token"]})
    assert again.status_code == 200


def test_a_persons_token_at_meta_is_known_to_end_and_exchanged_a_week_before(project):
    goals_for(project, "facebook")
    issued, one = project.sandbox.served.tokens.issued, project.accounts["facebook"]
    issued.at(int(project.now.timestamp()))
    persons = issued.give(("facebook", one.native_id), 60 * 86400)
    app = {f"SYFTE_FACEBOOK_PAGES__APP_{key}": f"sandbox-client{more}" for key, more in
           (("ID", ""), ("SECRET", "-secret-0000"))}  # fmt: skip
    project.config["environment"] |= {"SYFTE_FACEBOOK_PAGES__TOKENS": json.dumps({one.native_id: persons})} | app
    project.write()
    [token] = [token for token in project.pull("facebook").tokens if token.source == "facebook_pages"]
    assert (token.kind, token.days_left) == ("user token", 60)
    project.later(days=54)
    report = project.pull("facebook")
    report.raise_for_errors()
    assert [request.path for request in project.asked("/v26.0/oauth/access_token")] == ["/v26.0/oauth/access_token"]
    project.later(days=10)  # the first one has ended
    project.pull("facebook").raise_for_errors()


def test_no_renewed_token_reaches_logs_events_landing_quotas_errors_or_the_terminal(project, caplog, capsys):
    goals_for(project, "x", "facebook")
    events = []
    with caplog.at_level(logging.DEBUG):
        project.pull("x", "facebook", on_event=events.append).raise_for_errors()
        project.later(hours=3)
        assert run_program(["--verbose", "pull"]) == 0
        assert run_program(["auth", "refresh", "--source", "x"]) == 0
        assert run_program(["auth", "status"]) == 0
        project.later(hours=3)
        project.sandbox.faults.set([Fault("refresh_token_used")])
        assert run_program(["--verbose", "pull"]) == 5
        assert run_program(["check"]) == 5
    stored = json.loads(next((project.folder / "data" / "tokens").glob("x--*.json")).read_text())
    said = capsys.readouterr()
    text = said.out + said.err + caplog.text + str(events)
    for path in (project.folder / "data").rglob("*"):
        if path.is_file() and path.parent.name != "tokens":
            text += path.read_bytes().decode("utf-8", "replace")
    assert "renewed" in said.out
    for secret in (stored["access_token"], stored["refresh_token"], "sandbox-access-", "sandbox-refresh-"):
        assert secret not in text
