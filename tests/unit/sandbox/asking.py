"""Asking a sandbox as a client does, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.sandbox.calendar import seconds
from pipelines.sandbox.exchange import Ask, RefusalError

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


def ask(sandbox, path, account=None, *, token=None, now=NOW, faults=(), **query):
    tokens = sandbox.served.tokens
    token = token or (tokens.accounts[(account.platform, account.native_id)] if account else tokens.system_user)
    return sandbox.answer(
        Ask(
            path=path, query={k: str(v) for k, v in query.items()}, headers={"authorization": f"Bearer {token}"},
            base="http://127.0.0.1:1", now=seconds(now), faults=frozenset(faults),
        )
    )  # fmt: skip


def refused(sandbox, path, account=None, **query):
    with pytest.raises(RefusalError) as caught:
        ask(sandbox, path, account, **query)
    return caught.value.answer


def crawl(sandbox, path, account, limit=100, *, faults_on=None, faults=(), **query):
    pages, after = [], {}
    while True:
        body = ask(
            sandbox, path, account, limit=limit, faults=faults if len(pages) == faults_on else (), **query, **after
        ).body
        pages.append([row["id"] for row in body["data"]])
        if "next" not in body.get("paging", {}):
            return pages
        after = {"after": body["paging"]["cursors"]["after"]}


def standing(world, account, now=NOW):
    mine = world.posts_by_account[account.number]
    at = seconds(now)
    stands = (world.posts.published[mine] <= at) & (world.posts.counters.deleted_at[mine] > at)
    return [world.posts.native_ids[n] for n in mine[stands][::-1]]
