"""Files as a source: native exports, canonical and mapped tables in, `stream.Table`s out. No DuckDB, no Dagster."""
