"""Looks for secrets in every file of the repository: `make audit`.

There is no baseline that grows: what looks like a secret and is none stands in `NOT_SECRET` by its value, and one that
no file holds any more fails too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings

GENERATED = (".lock", "package-lock.json", "tests/integration/asset_graph.json")
"""Files that programs write and that are full of digests."""

NOT_SECRET = {
    "EAAsentinelTOKEN0123456789": "what the tests of masking look for",
    "SYFTE_X__TOKEN=AAAAtoken0123456789": "a test's token",
    "SYFTE_INSTAGRAM__TOKEN=default-token": "a test's token",
    "app-secret": "a test's app",
    "s3cret-of-the-app": "a test's app",
    "key": "a test's app",
    "password": "a test's proxy",
    "%zz{secret}": "a test's PostgreSQL, wrong on purpose",
    "hem": "a test's PostgreSQL",
    "en-hemlighet-som-ingen-ser": "a test's object store",
    "the-secret": "a test's object store",
    "of-the-store": "a test's object store",
    "en-hemlighet": "a test's PostgreSQL",
    "hem%2Flig": "a test's PostgreSQL",
    "administratörens-hemlighet": "a test's PostgreSQL",
    "lösen-ord-123456": "a test's PostgreSQL",
    "syfte_owner": "a test's PostgreSQL",
    "lives-as-long-as-one-test-and-no-longer": "a test's Superset",
    "T000/B000/a-secret-of-the-webhook": "a test's webhook",
    "a-password-of-the-mail-server": "a test's mail server",
    "sandbox": "the sandbox's own, in recorded traces",
    "Jag såg Kalle Testsson vid bron": "a test's row, which no result may repeat",
    "234567abcdefghijklmnopqrstuvwxyz": "the alphabet of Bluesky's identifiers",
    "b20eb6ca34a789e0a507ebea67d062a5211aa44aa4288cbdc0f7a909dbed6370": "a digest",
    "secrets/SYFTE_X__TOKENS__2244994945": "the name of a file, in docs/settings.md",
    "ghs": "part of a test's name, taken for the beginning of a token of GitHub's",
}
"""What looks like a secret, and why it is none."""


def looked_for(paths: list[Path]) -> dict[tuple[str, str], list[str]]:
    """What looks like a secret in some files: kind and value -> `file:line` each."""
    found = SecretsCollection()
    with default_settings():
        for path in paths:  # one by one: the library's pool of processes sometimes never ends
            found.scan_file(str(path))
    places: dict[tuple[str, str], list[str]] = {}
    for name, one in found:
        places.setdefault((one.type, one.secret_value or ""), []).append(f"{name}:{one.line_number}")
    return places


def main(arguments: list[str]) -> int:
    """Look through the files that are named, or all that git knows of; 1 if there is a secret."""
    listed = arguments or subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout.split()
    paths = [Path(name) for name in listed if not name.endswith(GENERATED)]
    places = looked_for(paths)
    problems = [
        f"{', '.join(where)}: {kind}; if it is none, say so in NOT_SECRET"
        for (kind, value), where in sorted(places.items())
        if value not in NOT_SECRET
    ]
    if not arguments:
        held = {value for _, value in places}
        problems += [f"NOT_SECRET: nothing holds {value!r} any more" for value in NOT_SECRET if value not in held]
    print("\n".join(problems) or f"No secret in {len(paths)} files.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
