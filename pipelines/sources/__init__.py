"""Sources: talk to a platform over HTTP, or read an export file, and yield pages or tables. No DuckDB, no Dagster."""
