"""`syfte init`: a project directory to begin with."""

from __future__ import annotations

from pathlib import Path

from pipelines.errors import ConfigurationError, StorageError

_PACKAGE = Path(__file__).resolve().parent.parent

_IGNORED = """\
# what the product writes, and what must never be shared
data/
backups/
.env
secrets/
"""


def template(name: str) -> str:
    """A file of the example project: inside the package in a wheel, at the root in a checkout."""
    packaged = _PACKAGE / "_project" / name
    return (packaged if packaged.is_file() else _PACKAGE.parent / name).read_text(encoding="utf-8")


def init_project(directory: Path) -> list[Path]:
    """Make a project directory: an example goals.yaml, a dagster.yaml, an .env to fill in, a notebook to explore with.

    Returns:
        The files written.

    Raises:
        ConfigurationError: there is a project already; it is left alone.
        StorageError: the directory cannot be written.
    """
    files = {
        "goals.yaml": template("goals.yaml"),
        "dagster.yaml": template("dagster.yaml"),
        "notebooks/explore.py": template("notebooks/explore.py"),
        ".env": template(".env.example"),
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
                path.parent.mkdir(exist_ok=True)
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
