"""A process to be killed: crawls a list of known truth into the landing and loads it, over and over, as a run does.

Usage: python -m tests.chaos.crawl DIRECTORY NOW

Says `ready` when it begins and ends with 0 when the whole list is landed and loaded.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from pipelines.landing import Landing
from pipelines.sources.stream import Count, Page, Record, Stream
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

PAGES = 240
ROWS = 20


class Post(Record):
    """What the imagined platform says of a post."""

    id: str
    likes: Count | None = None


POSTS = Stream(source="demo", name="posts", record=Post)


def truth(number: int) -> list[tuple[str, int | None]]:
    """The rows of a page: ids never repeat, one in seven posts has no likes yet."""
    rows = range(number * ROWS, (number + 1) * ROWS)
    return [(f"p{row}", None if row % 7 == 0 else row * 31 % 1009) for row in rows]


def answer(number: int, now: datetime) -> Page:
    """The page as the platform would answer it; its cursor is the number of the next."""
    objects = [b'{"id":"%s","likes":%s}' % (i.encode(), b"null" if n is None else b"%d" % n) for i, n in truth(number)]
    rows, rejected = POSTS.read(objects)
    last = number == PAGES
    return Page(
        stream=POSTS,
        account_id="demo:1",
        rows=rows,
        rejected=rejected,
        fetched_at=now,
        number=number,
        next_cursor=None if last else str(number + 1),
        complete=last,
    )


def crawl(root: Path, now: datetime) -> None:
    """Go on where the last run stopped; load after every few pages."""
    landing = Landing(root / "landing")
    _load(root, landing)
    landed = {entry.number for manifest in landing.manifests() for entry, _ in landing.entries(manifest)}
    if PAGES in landed:
        return
    _, number = landing.unfinished("demo", now=now).get(("posts", "demo:1"), ("1", 1))
    with landing.writer(Landing.new_run_id(now)) as writer:
        for page in range(number, PAGES + 1):
            writer.add(answer(page, now))
            if page % 3 == 0:
                writer.flush()
            if page % 6 == 0:
                _load(root, landing)
    _load(root, landing)


def _load(root: Path, landing: Landing) -> None:
    with open_writer(root / "warehouse.duckdb", wait_s=10) as con:
        load(con, landing, [POSTS])


if __name__ == "__main__":
    print("ready", flush=True)
    crawl(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
