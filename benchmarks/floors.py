"""What nobody can do without: the bytes over the wire, and DuckDB's own reading of them. Each runs as a process."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from benchmarks.pageserver import ACCOUNTS, did_of, feeds


def write_pages(folder: Path, pages: int) -> None:
    """The page server's bodies, a file for each account, one page a line."""
    folder.mkdir()
    for did, bodies in feeds(pages):
        (folder / f"{did.replace(':', '-')}.jsonl").write_bytes(b"\n".join(bodies) + b"\n")


def download(address: str) -> None:
    """All pages over bare sockets, one for each account, thrown away."""
    with ThreadPoolExecutor(ACCOUNTS) as threads:
        list(threads.map(lambda account: _read(address, did_of(account)), range(ACCOUNTS)))


def _read(address: str, did: str) -> None:
    place = urlsplit(address)
    cursor = ""
    buffer = bytearray(2**20)
    with socket.create_connection((place.hostname or "", place.port or 0)) as line:
        while True:
            path = f"/xrpc/app.bsky.feed.getAuthorFeed?actor={did}{cursor}"
            line.sendall(f"GET {path} HTTP/1.1\r\nhost: {place.netloc}\r\n\r\n".encode())
            body, size = 0, 0
            while not body or size < body:
                read = line.recv_into(memoryview(buffer)[size:])
                if not read:
                    raise RuntimeError("the page server hung up")
                size += read
                if not body and (end := buffer.find(b"\r\n\r\n", 0, size)) >= 0:
                    head = bytes(buffer[:end])
                    body = end + 4 + int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            _, found, number = bytes(buffer[size - 40 : size]).partition(b'"cursor":"')
            if not found:
                return
            cursor = "&cursor=" + number.decode().partition('"')[0]


def scan(pattern: str, record: str, rows: int, *, is_landed: bool) -> None:
    """DuckDB reads files of pages into a table of the columns that the product keeps, and does nothing else.

    Args:
        pattern: the files.
        record: type of a post.
        rows: that must be in the table.
        is_landed: pages as the product lands them, or as the platform sends them.
    """
    field, post = ("rows", record) if is_landed else ("feed", f"STRUCT(post {record})")
    beside = "page_id" if is_landed else "cursor"
    with duckdb.connect(Path(pattern).parent / "scan.duckdb") as con:
        # its quickest form: to read the list without the field beside it, or to take the posts' fields apart in this
        # query, costs four to six times as much
        con.execute(
            f"""
            create table posts as
            select {beside}, unnest({field}) as post
            from read_json(?, format = 'newline_delimited', columns = {{'{beside}': 'VARCHAR', '{field}': ?}})
            """,
            [pattern, f"{post}[]"],
        )
        [(stored,)] = con.execute("select count(*) from posts").fetchall()
    if stored != rows:
        raise RuntimeError(f"{stored} posts scanned of {rows}")
