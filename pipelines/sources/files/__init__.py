"""Files as a source: native exports, canonical tables and mapped tables in, `stream.Table`s out. No DuckDB, no Dagster."""
