"""The warehouse: one DuckDB file, one writer. Loads landed pages, builds models, publishes. No Dagster, no HTTP."""
