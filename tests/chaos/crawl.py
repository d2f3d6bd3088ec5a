"""A list of known truth, and the pages in which an imagined platform would tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.stream import Count, Page, Record, Stream

if TYPE_CHECKING:
    from datetime import datetime

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
