"""Dagster's books in a PostgreSQL, over connections that stay open.

Dagster opens one for each event that it stores, and stores over a thousand before the first step of `build`. Where a
connection is slow, the run is taken for one that does not start, and ended before it began (docs/cluster.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, get_token_provider_from_config, pg_url_from_config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster._serdes import ConfigurableClassData
    from dagster_postgres.auth import PgTokenProvider

_POOL = {"pool_size": 1, "max_overflow": -1, "pool_pre_ping": True, "pool_recycle": 600}
"""One connection stays, as many more as threads ask for come and go; one that the server has dropped is made anew."""


class PooledPostgresStorage(DagsterPostgresStorage):
    """As Dagster's own, with the same configuration."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,  # Dagster's own order
        inst_data: ConfigurableClassData | None = None,
        token_provider: PgTokenProvider | None = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            # Dagster does so itself, for its web server alone, and leaves no other way
            storage._engine = create_pg_engine(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
                postgres_url, token_provider, isolation_level="AUTOCOMMIT", **_POOL
            )

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> PooledPostgresStorage:
        """Make one from the block `config` of dagster.yaml."""
        config = cast("dict[str, Any]", config_value)
        return cls(
            pg_url_from_config(config),
            config.get("should_autocreate_tables", True),
            inst_data,
            get_token_provider_from_config(config),
        )
