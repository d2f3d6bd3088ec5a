"""A database with the stages, and a run's instant: 1 March 2026, 10:00 in Stockholm."""

from __future__ import annotations

import duckdb
import pytest


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for schema in ("raw", "config", "staging", "marts", "kpi", "published", "ops"):
            con.execute(f"create schema {schema}")
        con.execute(
            "create table config.run as select timestamptz '2026-03-01 09:00:00Z' as as_of, "
            "'Europe/Stockholm' as timezone, date '2026-01-01' as study_start, date '2026-12-31' as study_end, "
            "0.9 as min_completeness"
        )
        yield con
