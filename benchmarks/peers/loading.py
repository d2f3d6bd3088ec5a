"""What both peers do with what they read: load it into DuckDB, and see that nothing is missing."""

import sys
from pathlib import Path

import dlt


def load(source: object, folder: str, rows: str, file_format: str | None) -> None:
    """Run dlt's pipeline; ends the program if posts are missing."""
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(str(Path(folder, "peer.duckdb"))),
        dataset_name="bluesky",
        pipelines_dir=str(Path(folder, "dlt")),
    )
    pipeline.run(source, loader_file_format=file_format).raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        [(stored,)] = client.execute_sql("select count(distinct uri) from posts")
    if stored != int(rows):
        sys.exit(f"{stored} posts stored of {rows}")
