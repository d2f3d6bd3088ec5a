"""No secret anywhere it must not be: every secret of a project holds one mark, and everything that can fail does.

Afterwards every byte that was written is searched, packed or not, in every way of writing the mark: landing, logs,
databases, Dagster's storage, what was printed. A secret lies in `.env`, `secrets/` and `data/tokens/`, nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import dagster as dg
import pytest

from pipelines.cli import main
from pipelines.definitions import defs
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.pull import pull
from pipelines.run.pulling import accounts
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.dialects import DIALECTS
from pipelines.sandbox.faults import NAMES
from pipelines.settings import load_settings, secret_variables
from pipelines.sources.base import PullPlan
from pipelines.sources.http import Clock
from tests.byte_search import ByteSearch
from tests.integration.projects import SYFTE, environment, plain_project, sandbox_project
from tests.security.echo import answers, echoing
from tests.security.planted import MARK, first_of_each, mark_secrets

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
HELD = (".env", "tokens", "secrets")


@pytest.fixture(scope="module")
def marked():
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SYFTE_")]:
            patch.delenv(name)
        mark_secrets(patch)
        yield World(seed=7, scale=0.2)


class Listening(logging.Handler):
    """Everything any logger says, in every form that a handler may write: text, and the record's own fields."""

    def __init__(self, printed):
        super().__init__(logging.NOTSET)
        self.said = []
        self.printed = printed

    def emit(self, record):
        self.said.append(f"{self.format(record)} {record.__dict__!r}")

    def search(self, search, told):
        """Search what the reports, the loggers and the terminal say: a hit says where."""
        for text in told:
            search.data(f"report: {text[:600]}", text)
        shown = self.printed.readouterr()
        search.data("log", "\n".join(self.said)).data("stdout", shown.out).data("stderr", shown.err)


@pytest.fixture
def log(capfd):
    listening = Listening(capfd)
    root = logging.getLogger()
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    yield listening
    root.removeHandler(listening)
    root.setLevel(before)


class Simulated:
    """A clock on which sleeping takes no time."""

    def __init__(self):
        self.passed = 0.0

    async def sleep(self, seconds):
        self.passed += seconds
        await asyncio.sleep(0)

    def clock(self):
        return Clock(
            wall=lambda: NOW + timedelta(seconds=self.passed), monotonic=lambda: self.passed,
            sleep=self.sleep, chance=lambda: 0.5,
        )  # fmt: skip


def is_kept_there(path):
    return any(part in HELD for part in path.parts)


def read_all(folder):
    """Pull every account of a project; returns all that the report says."""
    project = Project(folder)
    settings = load_settings(folder)
    from pipelines.goals import load_goals

    named = accounts(load_goals(project.goals_path))
    report = pull(settings, named, Landing(project.landing_dir), plan=PullPlan(now=NOW), clock=Simulated().clock())
    told = [f"{result!r} {result.error!r} {result.error}" for result in report.results]
    return [*told, repr(report)]


def assert_nowhere(search, figure, paths):
    figure("paths that fail", paths)
    figure("files searched", search.files)
    figure("bytes searched", search.read + search.unpacked)
    figure("secrets found", len(search.hits))
    assert search.files + search.read > 0
    assert search.hits == [], "\n".join(search.hits[:5])


@pytest.mark.promise("S1")
def test_no_fault_of_any_platform_lets_a_secret_out(marked, tmp_path, log, chaos, figure):
    every = [
        Fault(name, -1 if name not in {"duplicate_page", "post_between_pages"} else 1, dialect=one.name)
        for name in sorted(NAMES)
        for one in DIALECTS
        if Fault(name).is_for(one.name)
    ]
    random.Random(chaos.seed).shuffle(every)
    rounds = []
    while every:  # one fault for each dialect at a time
        taken = {fault.dialect: fault for fault in every}
        rounds.append(list(taken.values()))
        every = [fault for fault in every if fault not in taken.values()]
    told = []
    struck = 0
    for number, faults in enumerate(rounds[: chaos.pick(short=5, full=len(rounds))]):
        with running_sandbox(marked, clock=SandboxClock(NOW), slow_seconds=0.0, page_cap=6, faults=faults) as sandbox:
            config = first_of_each(project_config(marked, sandbox.url, "all", comments=True, renewing=number % 2 == 0))
            folder = sandbox_project(tmp_path / f"project-{number}", config, NOW)
            told += read_all(folder)
            asked = [request.path for request in sandbox.requests]
            assert asked
        struck += len(faults)
    search = ByteSearch((MARK,)).tree(tmp_path, skip=is_kept_there)
    log.search(search, told)
    assert ByteSearch((MARK,)).tree(tmp_path / "project-0/.env").hits, "nothing was planted"
    assert ByteSearch((MARK,)).tree(tmp_path / "project-0/data/tokens").hits, "nothing was renewed"
    assert_nowhere(search, figure, struck)


def echo_project(world, folder, url, *more):
    config = first_of_each(project_config(world, url, "all", comments=True, renewing=True))
    made = sandbox_project(folder, config, NOW)
    with (made / ".env").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in more)
    return made


@pytest.mark.promise("S1")
def test_no_server_that_gives_back_what_it_got_makes_us_repeat_it(marked, tmp_path, log, figure):
    every = list(answers())
    told = []
    for number, way in enumerate(every):
        with echoing(way) as server:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            told += read_all(echo_project(marked, tmp_path / f"project-{number}", url))
            assert server.asked
    search = ByteSearch((MARK,)).tree(tmp_path, skip=is_kept_there)
    log.search(search, told)
    assert_nowhere(search, figure, len(every))


def self_signed(folder):
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.promise("S1")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of aiohttp, about how httpx-aiohttp names a proxy's user
def test_a_false_certificate_an_absent_host_and_a_dead_proxy_tell_no_secret(marked, tmp_path, log, chaos, figure):
    chaos.needs("openssl")
    (tmp_path / "keys").mkdir()
    told = []
    with echoing(next(answers()), tls=self_signed(tmp_path / "keys")) as server:
        url = f"https://127.0.0.1:{server.server_address[1]}"
        told += read_all(echo_project(marked, tmp_path / "certificate", url))
        assert server.asked == [], "a server with a false certificate was asked"
    told += read_all(echo_project(marked, tmp_path / "absent", "http://127.0.0.1:9"))
    proxy = f"SYFTE_HTTP__PROXY=http://user:{MARK}@127.0.0.1:9"
    told += read_all(echo_project(marked, tmp_path / "proxy", "http://127.0.0.1:9", proxy))
    search = ByteSearch((MARK,)).tree(tmp_path, skip=is_kept_there)
    log.search(search, told)
    assert_nowhere(search, figure, 3)


def wrong_settings():
    """Every variable that holds a secret, in every way it can be wrong: a line of `.env`, or files in `secrets/`."""
    variables = [name.replace("__*", "__101") for name in secret_variables()]
    for variable in variables:
        for content in (f"{MARK} {MARK}", f"{MARK}å", f"{MARK}\u200b", f"'{MARK}", f'{{"a": "{MARK}"'):
            yield f"{variable}={content!r}" if "'" not in content else f'{variable}="{content}"', {}
        table = variable.removesuffix("__101")
        yield f'{table}=\'{{"a": "{MARK}"\'', {}
        yield f"{table}='[\"{MARK}\"]'", {}
        yield f"{variable}_FIL={MARK}", {}
        yield f"{variable}S={MARK}", {}
        yield f"{variable}=keyring:no-such-entry", {}
        for content in (f"{MARK}\n\nX: 1\n", f"{MARK}\xff", f"{MARK} {MARK}\r\n", MARK):
            yield "", {variable: content}


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A folder, and an environment without settings."""
    for name in [name for name in os.environ if name.startswith("SYFTE_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.promise("S1")
def test_no_secret_that_is_set_wrongly_is_shown(bare, capfd, chaos, figure):
    every = list(wrong_settings())
    chosen = random.Random(chaos.seed).sample(every, chaos.pick(short=25, full=len(every)))
    search = ByteSearch((MARK,))
    refused = 0
    for number, (line, files) in enumerate(chosen):
        folder = bare / str(number)
        (folder / "secrets").mkdir(parents=True)
        (folder / "goals.yaml").write_text("{}", encoding="utf-8")
        (folder / ".env").write_text(line, encoding="utf-8")
        for name, content in files.items():
            (folder / "secrets" / name).write_bytes(content.encode("latin-1"))
            (folder / "secrets" / name).chmod(0o644 if content == MARK else 0o600)
        code = main(["--project", str(folder), "--verbose", "check"])
        refused += code != 0
        shown = capfd.readouterr()
        assert "Traceback" not in shown.err
        search.data(f"stdout of {line} {files}", shown.out).data(f"stderr of {line} {files}", shown.err)
        search.tree(folder, skip=is_kept_there)
    assert refused == len(chosen)
    assert_nowhere(search, figure, len(chosen))


BROKEN = """
import os
import zstandard
class Compressor:
    def __init__(self, *args, **kwargs):
        pass
    def compress(self, data):
        secret = os.environ["BROKEN_SECRET"]
        raise RuntimeError("could not compress", secret, {"Authorization": secret})
zstandard.ZstdCompressor = Compressor
"""
"""A library that fails with a secret in its words: what nobody foresaw."""


@pytest.mark.promise("S1")
def test_what_nobody_foresaw_tells_no_secret_even_with_a_traceback(marked, tmp_path, figure):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BROKEN, encoding="utf-8")
    with running_sandbox(marked, clock=SandboxClock(NOW)) as sandbox:
        config = first_of_each(project_config(marked, sandbox.url, ["x"]))
        folder = sandbox_project(tmp_path / "project", config, NOW)
        secret = next(iter(load_settings(folder).x.tokens.values())).get_secret_value()
        env = environment(BROKEN_SECRET=secret)
        env["PYTHONPATH"] = f"{tmp_path / 'site'}{os.pathsep}{env['PYTHONPATH']}"
        done = subprocess.run(
            [*SYFTE, "--project", str(folder), "--verbose", "pull"], capture_output=True, env=env, check=False,
            timeout=120,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr.decode()
    assert "could not compress" in done.stderr.decode()
    assert "Traceback" in done.stderr.decode()
    search = ByteSearch((MARK,)).tree(tmp_path, skip=is_kept_there)
    search.data("stdout", done.stdout).data("stderr", done.stderr)
    assert_nowhere(search, figure, 1)


@pytest.fixture
def instance(tmp_path):
    """Dagster as it is kept on a disk: runs, events, and what steps print."""
    home = tmp_path / "dagster"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as made:
        yield SimpleNamespace(folder=tmp_path, made=made)


@pytest.mark.promise("S1")
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_dagster_writes_down_no_secret_of_a_step_that_fails(marked, instance, monkeypatch, log, figure):
    tmp_path = instance.folder
    import zstandard

    failures = 0
    secret = ""

    def broken(self, data):
        sys.stdout.write(f"printed {secret}\n")
        sys.stderr.write(f"printed {secret}\n")
        raise RuntimeError(f"could not compress {secret}") from KeyError(secret)

    class Compressor:
        def __init__(self, *args, **kwargs):
            pass

        compress = broken

    with running_sandbox(marked, clock=SandboxClock(NOW)) as sandbox:
        config = first_of_each(project_config(marked, sandbox.url, ["x", "facebook"], renewing=True))
        folder = sandbox_project(tmp_path / "project", config, NOW)
        secret = next(iter(load_settings(folder).facebook_pages.tokens.values())).get_secret_value()
        monkeypatch.setenv("SYFTE_PROJECT_DIR", str(folder))
        monkeypatch.setattr(zstandard, "ZstdCompressor", Compressor)
        job = defs().resolve_implicit_global_asset_job_def()
        for source in ("x", "facebook_pages"):
            done = job.execute_in_process(
                instance=instance.made, asset_selection=[dg.AssetKey(["landing", source])], raise_on_error=False
            )
            assert not done.success
            failures += 1
    with echoing(*answers()) as server:
        folder = echo_project(marked, tmp_path / "echo", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("SYFTE_PROJECT_DIR", str(folder))
        done = job.execute_in_process(
            instance=instance.made, asset_selection=[dg.AssetKey(["landing", "facebook_pages"])], raise_on_error=False
        )
        failures += not done.success
    search = ByteSearch((MARK,)).tree(tmp_path, skip=is_kept_there)
    log.search(search, [])
    kept = "could not compress"
    assert ByteSearch((kept,)).tree(tmp_path / "dagster").hits, "Dagster did not write the failure down"
    assert failures == 3
    assert_nowhere(search, figure, failures)


@pytest.mark.promise("S1")
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_no_step_of_dagsters_tells_a_secret_of_a_library_that_fails(bare, instance, monkeypatch, log, figure):
    secret = f"token-{MARK}-0123456789"
    folder = plain_project(bare / "project")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "SYFTE_X__TOKEN").write_text(secret, encoding="utf-8")
    (folder / "secrets" / "SYFTE_X__TOKEN").chmod(0o600)
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(folder))
    monkeypatch.setenv("SYFTE_BACKUP__PLACE", str(bare / "kept"))
    found = defs()
    every, graph = found.resolve_implicit_global_asset_job_def(), found.resolve_asset_graph()
    steps = [
        (every, {"asset_selection": list(graph.get(dg.AssetKey(key)).execution_set_asset_keys)})
        for key in (["configuration", "goals"], ["privacy", "retention"])
    ]

    def broken(*_args, **_options):
        raise RuntimeError(f"could not lock with {secret}") from KeyError(secret)

    for job, asked in [*steps, (found.resolve_job_def("backup"), {})]:
        with monkeypatch.context() as patch:
            patch.setattr("fcntl.flock", broken)
            patch.setattr("duckdb.connect", broken)
            done = job.execute_in_process(instance=instance.made, raise_on_error=False, **asked)
        [failure] = [event for event in done.all_node_events if event.is_step_failure]
        assert "could not lock" in str(failure.event_specific_data.error), failure
    search = ByteSearch((MARK,)).tree(bare, skip=is_kept_there)
    log.search(search, [])
    assert_nowhere(search, figure, 3)
