"""The section `SYFTE_SPARK__*` of the settings."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003  # pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from pipelines.secret_files import from_keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_FOLDER = "syfte-run-"
"""How the folder of one run begins, in the folder where tables are handed over."""


_PORT = 15002
_ADDRESS = re.compile(r"sc://(?P<host>\[[^\]]+\]|[^:/;\s]+)(?::(?P<port>\d+))?(?:/.*)?")


def place_of(remote: str) -> tuple[str, int]:
    """Host and port of an address `sc://host:port/;…`; what follows may hold a token and is never told.

    Raises:
        ValueError: it is no such address, in words without the token in it.
    """
    found = _ADDRESS.fullmatch(remote)
    if found is None:
        raise ValueError("must be an address of Spark Connect, sc://host:15002")
    return found["host"].strip("[]"), int(found["port"] or _PORT)


def _checked_remote(remote: SecretStr) -> SecretStr:
    """Refuse what is no address of Spark Connect."""
    text = from_keyring(remote.get_secret_value().strip())
    place_of(text)
    return SecretStr(text)


class SparkSettings(BaseModel):
    """Where Spark is, if it is the engine.

    Args:
        remote: address of its Connect server; may hold a token.
        folder: where tables are handed over, relative to the project; the server sees it under the same path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    remote: Annotated[SecretStr, AfterValidator(_checked_remote)] | None = None
    folder: Path | None = None

    def secrets(self) -> Iterator[str]:
        """The token in the address, as written and as sent."""
        said = self.remote.get_secret_value() if self.remote else ""
        for token in re.findall(r"[;/]token=([^;]+)", said):
            yield from (token, unquote(token))
