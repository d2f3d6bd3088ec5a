"""dlt's Arrow path at its best: pages read by threads, the wanted fields as Arrow tables, Parquet into DuckDB.

.venv-bench/bin/python benchmarks/peers/dlt_arrow.py FOLDER ADDRESS ROWS DID...
"""

import sys
from collections.abc import Iterator

import dlt
import orjson
import pyarrow as pa
import requests
from loading import load

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("uri", "cid", "indexed_at", "created_at", "text", "embed_type")]
    + [("langs", pa.list_(pa.string()))]
    + [(f"{name}_count", pa.int64()) for name in ("like", "repost", "reply", "quote", "bookmark")]
)
"""The fields that the product keeps."""


def rows_of(posts: list[dict]) -> dict[str, list]:
    """Columns of a page."""
    records = [post["record"] for post in posts]
    return {
        "uri": [post["uri"] for post in posts],
        "cid": [post["cid"] for post in posts],
        "indexed_at": [post["indexedAt"] for post in posts],
        "created_at": [record["createdAt"] for record in records],
        "text": [record["text"] for record in records],
        "embed_type": [record["embed"]["$type"] for record in records],
        "langs": [record["langs"] for record in records],
        **{
            f"{name}_count": [post[f"{name}Count"] for post in posts]
            for name in ("like", "repost", "reply", "quote", "bookmark")
        },
    }


def pages_of(address: str, did: str) -> Iterator[pa.Table]:
    """An account's pages."""
    session = requests.Session()
    params = {"actor": did, "limit": "100"}
    while True:
        answer = session.get(f"{address}/xrpc/app.bsky.feed.getAuthorFeed", params=params, timeout=30)
        answer.raise_for_status()
        body = orjson.loads(answer.content)
        yield pa.table(rows_of([item["post"] for item in body["feed"]]), schema=SCHEMA)
        if "cursor" not in body:
            return
        params["cursor"] = body["cursor"]


def main() -> None:
    """Pull all accounts' posts and load them."""
    folder, address, rows, *accounts = sys.argv[1:]
    resources = [
        dlt.resource(pages_of(address, did), name=f"posts_{number}", table_name="posts", parallelized=True)
        for number, did in enumerate(accounts)
    ]
    load(resources, folder, rows, "parquet")


if __name__ == "__main__":
    main()
