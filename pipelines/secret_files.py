"""Secrets that stand in a file of their own or in the system's keyring, instead of in the environment or in `.env`.

SYFTE_X__TOKEN_FILE=/run/secrets/x      the file that holds SYFTE_X__TOKEN
secrets/SYFTE_X__TOKEN                  beside goals.yaml: a file named like the variable
SYFTE_X__TOKEN=keyring:x                the keyring's entry `x` of the service `syfte`
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = "secrets"
KEYRING = "keyring:"
SERVICE = "syfte"
LARGEST = 64 * 1024
_SUFFIX = "_FILE"
_OTHERS = 0o077


class FileSecrets:
    """The secrets that a project keeps in files.

    Args:
        project_dir: has `.env`, and `secrets/` if there is one.
        variables: names of all secrets; those that take keys end in `__*`.

    Attributes:
        variables: names that stand in the environment or in `.env` and point at a file, in capitals.
        places: variable to the file its value comes from.

    Raises:
        ConfigurationError: a file is missing, empty, unreadable, open to others, or names no secret; or a secret is
            said twice.
    """

    def __init__(self, project_dir: Path, variables: Iterable[str]) -> None:
        self._known = {name for name in variables if not name.endswith("*")}
        self._tables = tuple(name[:-1] for name in variables if name.endswith("*"))
        self.variables: set[str] = set()
        self.places: dict[str, str] = {}
        self._values: dict[str, str] = {}
        given = _given(project_dir / ".env")
        for name, path in given.items():
            if name.endswith(_SUFFIX) and name.removesuffix(_SUFFIX) in self._known and path:
                self.variables.add(name)
                self._take(name.removesuffix(_SUFFIX), project_dir / Path(path).expanduser(), given)
        for path in _listed(project_dir / FOLDER):
            self._take(path.name, path, given)

    def nested(self, prefix: str) -> dict[str, Any]:
        """The values as the settings nest: `{"x": {"tokens": {"101": ...}}}`."""
        root: dict[str, Any] = {}
        for name, value in self._values.items():
            *path, last = self._parts(name.removeprefix(prefix))
            here = root
            for part in path:
                here = here.setdefault(part, {})
            here[last] = value
        return root

    def _parts(self, name: str) -> list[str]:
        """An account's id stays as it is written; the rest is lower case."""
        source, _, rest = name.partition("__")
        field, double, key = rest.partition("__")
        return [source.lower(), field.lower(), *([key] if double else [])]

    def _take(self, name: str, path: Path, given: dict[str, str]) -> None:
        if name not in self._known and not name.startswith(self._tables):
            raise ConfigurationError(
                "A file of secrets is named like no secret.",
                where=str(path),
                do="Name it like the variable it stands for, such as SYFTE_X__TOKEN (docs/settings.md), or remove it.",
            )
        if given.get(name) or name in self._values:
            raise ConfigurationError(
                f"{name} is said twice: in a file, and elsewhere.",
                where=str(path),
                do="Remove one of the two, so that nobody has to guess which of them holds.",
            )
        self._values[name] = read_secret(path, name)
        self.places[name] = str(path)


def read_secret(path: Path, variable: str) -> str:
    """The content of a file that nobody else may read.

    Raises:
        ConfigurationError: it is missing, empty, unreadable or open to others.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _refuse_open(path, status)
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(
            f"The file that should hold {variable} cannot be read ({reason}).",
            where=str(path),
            do="Correct the path, or give the user that runs syfte the right to read it.",
        ) from None
    if not text or len(content) > LARGEST:
        problem = "empty" if not text else "far longer than any token"
        raise ConfigurationError(
            f"The file that should hold {variable} is {problem}.", where=str(path), do="Write the token into it."
        )
    return text


def _refuse_open(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if os.name == "posix" and mode & _OTHERS:
        raise ConfigurationError(
            f"Others may read a secret (mode {mode:04o}).",
            where=str(path),
            do=f"Run `chmod 600 {path}`; if others were at this machine, issue the token anew.",
        )


def from_keyring(text: str) -> str:
    """What `keyring:NAME` stands for; any other text is itself.

    Raises:
        ValueError: the keyring has no such entry.
        ConfigurationError: there is no keyring.
    """
    if not text.startswith(KEYRING):
        return text
    from pipelines.tokens.store import keyring_secret  # noqa: PLC0415  # only for those who use one

    name = text.removeprefix(KEYRING)
    found = keyring_secret(SERVICE, name)
    if not found:
        raise ValueError(f"the keyring has no entry of this name; make it with `keyring set {SERVICE} NAME`")
    return found.strip()


def _given(env_file: Path) -> dict[str, str]:
    """Every variable of the environment and of `.env`, names in capitals; the environment goes first."""
    from dotenv import dotenv_values  # noqa: PLC0415  # a start without .env does not need it

    try:
        found = dotenv_values(env_file, encoding="utf-8") if env_file.is_file() else {}
    except (OSError, UnicodeDecodeError):
        found = {}  # told where .env itself is read
    values = {name.upper(): value for name, value in found.items() if value}
    return values | {name.upper(): value for name, value in os.environ.items()}


def _listed(folder: Path) -> Iterator[Path]:
    """Files of secrets; hidden ones are the editor's or the mount's own."""
    if not folder.is_dir():
        return
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"The folder of secrets cannot be read ({error.strerror}).",
            where=str(folder),
            do="Give the user that runs syfte the right to enter it.",
        ) from None
    yield from (path for path in found if path.is_file() and not path.name.startswith("."))
