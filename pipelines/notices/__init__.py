"""What people are told without asking: verdicts that changed, sources gone stale, tokens that end, metrics retired.

Facts go in, a digest of what is new comes out, and is sent by mail or to a webhook. Knows no DuckDB and no Dagster;
which facts there are is for `pipelines.run.notifying`.
"""
