"""dlt's `rest_api` source as documented: declared endpoints, one per account, side by side, into DuckDB.

.venv-bench/bin/python benchmarks/peers/dlt_rest_api.py FOLDER ADDRESS ROWS DID...
"""

import os
import sys
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source


def main() -> None:
    """Pull all accounts' posts and load them."""
    folder, address, rows, *accounts = sys.argv[1:]
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{address}/xrpc/",
                "paginator": {"type": "cursor", "cursor_path": "cursor", "cursor_param": "cursor"},
            },
            "resources": [
                {
                    "name": f"posts_{number}",
                    "table_name": "posts",
                    "write_disposition": "append",
                    "parallelized": True,
                    "endpoint": {
                        "path": "app.bsky.feed.getAuthorFeed",
                        "params": {"actor": did, "limit": 100},
                        "data_selector": "feed[*].post",
                    },
                }
                for number, did in enumerate(accounts)
            ],
        }
    )
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(str(Path(folder, "peer.duckdb"))),
        dataset_name="bluesky",
        pipelines_dir=str(Path(folder, "dlt")),
    )
    pipeline.run(source, loader_file_format=os.environ.get("BENCH_FORMAT")).raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        [(stored,)] = client.execute_sql("select count(distinct uri) from posts")
    if stored != int(rows):
        sys.exit(f"{stored} posts stored of {rows}")


if __name__ == "__main__":
    main()
