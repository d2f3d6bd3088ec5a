"""dlt's `rest_api` source as documented: declared endpoints, one per account, side by side, into DuckDB.

.venv-bench/bin/python benchmarks/peers/dlt_rest_api.py FOLDER ADDRESS ROWS DID...
"""

import os
import sys

from dlt.sources.rest_api import rest_api_source
from loading import load


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
    load(source, folder, rows, os.environ.get("BENCH_FORMAT"))


if __name__ == "__main__":
    main()
