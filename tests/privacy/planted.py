"""A project in which canaries lie in every place where a person's words, ids or names can come to lie."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import yaml
from pydantic import SecretStr

from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run import backup, draw_sample, import_files, run_project
from pipelines.run.initialise import template
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.facebook_pages.streams import COMMENTS as FACEBOOK_COMMENTS
from pipelines.sources.facebook_pages.streams import POSTS as FACEBOOK_POSTS
from pipelines.sources.mastodon.streams import POSTS as MASTODON_POSTS
from pipelines.sources.stream import Page, Rejected

NOW = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
KEY = "a-key-of-an-institution-00000000"
PERSON = "90071992547409917"
TEXT = "CANARYTEXT-7f3a9d vittnen sökes"
"""Matches a rule of the example's goals, so that the goal it serves must not be lost with it."""

FACEBOOK, MASTODON, IMPORTED = (
    "facebook:101_555000111222",
    "mastodon:115777000333@s.example",
    "facebook:101_777000444555",
)
OTHER = "facebook:101_999000888777"
COMMENT = "facebook:555000111222_800900100200"


@dataclass(frozen=True)
class Planted:
    """The project, and what each erasure must leave nothing of."""

    project: Project
    post: tuple[str, ...] = ("CANARYTEXT-7f3a9d", "101_555000111222", "CANARYLINK-fb/101_555")
    mastodon: tuple[str, ...] = ("CANARYMASTODON-18c", "CANARYLINK-mastodon")
    imported: tuple[str, ...] = ("CANARYIMPORT-55e", "CANARYREFUSED-0b2", "101_777000444555")
    comment: tuple[str, ...] = ("555000111222_800900100200",)

    @property
    def author(self) -> str:
        """The hash under which the person's comments are kept."""
        return Pseudonyms(SecretStr(KEY)).of("facebook", PERSON)


def _page(stream, account, rows, at, *, rejected=()):
    kept, refused = stream.read([msgspec.json.encode(row) for row in rows])
    assert not refused, refused
    return Page(
        stream=stream, account_id=account, rows=kept, fetched_at=at, complete=True, rejected=list(rejected),
        window=(at - timedelta(days=28), at),
    )  # fmt: skip


def _facebook(native, text, at, likes):
    return {
        "id": native, "message": text, "created_time": (NOW - timedelta(days=5)).isoformat(),
        "permalink_url": f"https://facebook.example/CANARYLINK-fb/{native}", "status_type": "added_photos",
        "reactions": {"summary": {"total_count": likes}},
    }  # fmt: skip


def land(project: Project, at: datetime, likes: int) -> None:
    """One reading of every platform."""
    hashed = Pseudonyms(SecretStr(KEY)).of("facebook", PERSON)
    comments = [
        {"id": COMMENT.split(":")[1], "post_id": OTHER.split(":")[1], "is_ours": False, "author": hashed,
         "created_at": (NOW - timedelta(days=3)).isoformat(), "kind": "question"},
        {"id": "answer_1", "post_id": OTHER.split(":")[1], "is_ours": True, "parent_id": COMMENT.split(":")[1],
         "created_at": (NOW - timedelta(days=2)).isoformat()},
        {"id": "beneath_1", "post_id": FACEBOOK.split(":")[1], "is_ours": False, "author": "f" * 32,
         "created_at": (NOW - timedelta(days=2)).isoformat(), "kind": "comment"},
    ]  # fmt: skip
    said = msgspec.json.encode({"id": IMPORTED.split(":")[1], "message": "CANARYREFUSED-0b2"}).decode()
    with Landing(project.landing_dir).writer(Landing.new_run_id(datetime.now(UTC))) as writer:
        posts = [_facebook(FACEBOOK.split(":")[1], TEXT, at, likes), _facebook(OTHER.split(":")[1], "en annan", at, 2)]
        refused = [Rejected(line=3, reason="`id` is no text", content=said)]
        writer.add(_page(FACEBOOK_POSTS, "facebook:101", posts, at, rejected=refused))
        writer.add(_page(FACEBOOK_COMMENTS, "facebook:101", comments, at))
        toot = {"id": "115777000333", "uri": "https://s.example/CANARYLINK-mastodon",
                "content": "<p>CANARYMASTODON-18c tipsa oss</p>",
                "url": "https://s.example/@p/115777000333/CANARYLINK-mastodon", "created_at": "2025-11-16T10:00:00Z",
                "favourites_count": likes, "reblogs_count": 1, "replies_count": 0}  # fmt: skip
        writer.add(_page(MASTODON_POSTS, "mastodon:7@s.example", [toot], at))


def plant(root: Path) -> Planted:
    """Make the project, run it twice, and leave behind what an operator leaves behind."""
    root.mkdir(parents=True)
    goals = yaml.safe_load(template("goals.yaml"))
    goals["units"]["members"] = [{"id": "u", "name": "Enheten", "population": 1000}]
    goals["accounts"] = [
        {"platform": "facebook", "id": "101", "unit": "u"},
        {"platform": "mastodon", "id": "7@s.example", "unit": "u"},
    ]
    project = Project(root)
    project.goals_path.write_text(yaml.safe_dump(goals, allow_unicode=True), encoding="utf-8")
    (root / ".env").write_text(f"SYFTE_NOW='{NOW.isoformat()}'\nSYFTE_PSEUDONYM_KEY='{KEY}'\n", encoding="utf-8")
    land(project, NOW - timedelta(days=1), 10)
    exports = root.parent / "exports"
    exports.mkdir()
    (exports / "posts.csv").write_text(
        "post_id,account_id,published_at,text,permalink\n"
        f"{IMPORTED},facebook:101,2025-11-10T10:00:00Z,CANARYIMPORT-55e tipsa oss,https://facebook.example/x\n"
        f"{IMPORTED},facebook:101,not an instant,CANARYREFUSED-0b2,\n",
        encoding="utf-8",
    )
    import_files(project, [exports])
    land(project, NOW, 14)
    run_project(project, pull=False)
    aside = project.data / "set_aside" / "20251101T000000000000Z"
    aside.mkdir(parents=True)
    shutil.copy(project.warehouse_path, aside)  # as a rebuild leaves it
    backup(project)  # into the project's own folder, where the searches look
    draw_sample(project, root / "sheet.csv", n=50)
    (project.data / ".warehouse.duckdb.anew.part").write_bytes(b"CANARYTEXT-7f3a9d")  # a killed process left it
    return Planted(project)
