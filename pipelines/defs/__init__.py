"""Dagster: what runs, when and in what order. No logic: every asset calls a function that knows nothing of Dagster."""
