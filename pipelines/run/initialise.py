"""`syfte init`: a project directory to begin with."""

from __future__ import annotations

from pathlib import Path

from pipelines.errors import ConfigurationError, StorageError

_PACKAGE = Path(__file__).resolve().parent.parent

_IGNORED = """\
# what the product writes, and what must never be shared
data/
.env
"""

_ENVIRONMENT = """\
# Settings and tokens of this project; read by `syfte` alone. Never commit this file.
# Every setting is described in docs/settings.md. A source without a token is off.
#
# SYFTE_FACEBOOK_PAGES__ACCESS_TOKEN=
# SYFTE_INSTAGRAM__ACCESS_TOKEN=
# SYFTE_X__ENABLED=true
# SYFTE_X__ACCESS_TOKEN=
# SYFTE_TIPS__BASE_URL=https://intake.example/tips/v1
# SYFTE_TIPS__ACCESS_TOKEN=
"""


def template(name: str) -> str:
    """A file of the example project: inside the package in a wheel, at the root in a checkout."""
    packaged = _PACKAGE / "_project" / name
    return (packaged if packaged.is_file() else _PACKAGE.parent / name).read_text(encoding="utf-8")


def init_project(directory: Path) -> list[Path]:
    """Make a project directory with an example goals.yaml, a dagster.yaml and an .env to fill in.

    Returns:
        The files written.

    Raises:
        ConfigurationError: there is a project already; it is left alone.
        StorageError: the directory cannot be written.
    """
    files = {
        "goals.yaml": template("goals.yaml"),
        "dagster.yaml": template("dagster.yaml"),
        ".env": _ENVIRONMENT,
        ".gitignore": _IGNORED,
    }
    for name in ("goals.yaml", ".env"):
        if (directory / name).exists():
            raise ConfigurationError(
                f"There is a {name} already.",
                where=str(directory),
                do="Choose another directory, or edit what is there.",
            )
    written: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = directory / name
            if not path.exists():
                path.write_text(text, encoding="utf-8")
                written.append(path)
        (directory / ".env").chmod(0o600)
    except OSError as error:
        raise StorageError(
            f"The directory cannot be written: {error.strerror}.",
            where=str(directory),
            do="Choose a directory of your own.",
        ) from None
    return written
