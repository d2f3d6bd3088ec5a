"""Small landings for tests, and erasures in them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from pipelines.landing.erasures import Erasure, Erasures
from pipelines.landing.rewriting import rewrite, swap_in
from pipelines.run.erasing import edit_of
from pipelines.sources.facebook_pages.streams import POSTS
from pipelines.sources.stream import Page

NOW = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
CANARY = "ett ord som ska bort"


def land(landing, run_id, *post_ids):
    """Land a page of posts."""
    rows = [msgspec.json.encode({"id": post_id, "message": f"{CANARY} {post_id}"}) for post_id in post_ids]
    with landing.writer(run_id) as writer:
        writer.add(Page(stream=POSTS, account_id="facebook:1", rows=rows, fetched_at=NOW, complete=True))


def erase(landing, post_id):
    """Take a post out of a landing, as `syfte erase` does there."""
    erasure = Erasure(
        erasure_id=Erasures.new_id(), state="intended", at=NOW, kind="post", scope="all", reason="request",
        decision="D 1", targets=(landing.erasures.marker()("post", post_id),),
    )  # fmt: skip
    landing.erasures.write(erasure)
    swaps, streams = rewrite(landing, edit_of(erasure, landing))
    written = msgspec.structs.replace(erasure, state="rewritten", swaps=tuple(swaps), streams=tuple(streams))
    landing.erasures.write(written)
    swap_in(landing, swaps)
    landing.erasures.write(msgspec.structs.replace(written, state="done"))


def contents(landing):
    """Path -> content of every file of a landing."""
    paths = (path for path in landing.root.rglob("*") if path.is_file())
    return {path.relative_to(landing.root).as_posix(): path.read_bytes() for path in paths}
