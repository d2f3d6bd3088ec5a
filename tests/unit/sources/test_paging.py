"""A crawl ends where the platform says so, and where it never does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from pipelines.errors import SourceError
from pipelines.sources.paging import pages


@dataclass
class Body:
    following: str | None

    def next_cursor(self):
        return self.following


@dataclass
class Reply:
    envelope: Body


def crawled(script, *, most=100):
    """The cursors of a crawl over a script of cursors, and what ended it."""
    found = []

    async def ask(cursor):
        return Reply(Body(script(cursor)))

    async def crawl():
        async for _, following in pages(ask, most=most):
            found.append(following)

    try:
        asyncio.run(crawl())
    except SourceError as error:
        return found, error.what
    return found, None


def test_a_crawl_ends_at_the_page_without_a_next_one():
    assert crawled({None: "a", "a": "b", "b": None}.__getitem__) == (["a", "b", None], None)


def test_a_cursor_that_comes_back_ends_the_crawl_with_an_error():
    found, what = crawled({None: "a", "a": "b", "b": "a"}.__getitem__)
    assert found == ["a", "b", "a"]
    assert "circles" in what


@pytest.mark.parametrize("most", [1, 7])
def test_a_list_without_end_is_ended_with_an_error(most):
    found, what = crawled(lambda cursor: str(int(cursor or 0) + 1), most=most)
    assert len(found) == most
    assert f"{most} pages" in what
