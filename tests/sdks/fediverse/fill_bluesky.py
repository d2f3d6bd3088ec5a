"""The official SDK fills a Bluesky network and says what was put in: given `pds`, `appview`, and perhaps `world`.

Without a world: an institution with 250 posts, and what people did with them. With the world that it said before, what
happens between two readings: a deletion, an unlike and a late like.
"""

from __future__ import annotations

import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from atproto import Client
from atproto.exceptions import BadRequestError

POSTS, PEOPLE = 250, 12
COUNTERS = ("likes", "reposts", "replies", "quotes")
DISPLAYED = dict(zip(COUNTERS, ("like_count", "repost_count", "reply_count", "quote_count"), strict=True))
PATIENCE_S = 90
FAR_FUTURE = timedelta(days=30)


@dataclass(frozen=True)
class Person:
    client: Client
    did: str
    handle: str

    def write(self, records: list[dict]) -> list[dict]:
        """Create records, in the order given; the references to them."""
        made = []
        for start in range(0, len(records), 200):
            writes = [
                {"$type": "com.atproto.repo.applyWrites#create", "collection": record["$type"], "value": record}
                for record in records[start : start + 200]
            ]
            answer = self.client.com.atproto.repo.apply_writes({"repo": self.did, "writes": writes})
            made += [{"uri": result.uri, "cid": result.cid} for result in answer.results]
        return made

    def remove(self, reference: dict) -> None:
        _, _, _, collection, key = reference["uri"].split("/")
        self.client.com.atproto.repo.delete_record({"repo": self.did, "collection": collection, "rkey": key})


def instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post(text: str, at: datetime, **more: object) -> dict:
    return {"$type": "app.bsky.feed.post", "text": text, "langs": ["sv"], "createdAt": instant(at), **more}


def act(kind: str, on: dict, at: datetime, text: str = "x") -> dict:
    if kind == "replies":
        return post(text, at, reply={"root": on, "parent": on})
    if kind == "quotes":
        return post(text, at, embed={"$type": "app.bsky.embed.record", "record": on})
    record = {"likes": "app.bsky.feed.like", "reposts": "app.bsky.feed.repost"}[kind]
    return {"$type": record, "subject": on, "createdAt": instant(at)}


def person(pds: str, name: str) -> Person:
    client = Client(base_url=f"{pds}/xrpc")
    account = {"handle": f"{name}.test", "email": f"{name}@example.org", "password": f"pw-{name}"}
    with suppress(BadRequestError):  # it is there already
        client.com.atproto.server.create_account(account)
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return Person(client, client.login(f"{name}.test", f"pw-{name}").did, f"{name}.test")
        except BadRequestError:  # the AppView has not heard of the account yet
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def fill(pds: str, appview: str) -> dict:
    chance, now = random.Random(7), datetime.now(UTC)
    with ThreadPoolExecutor(4) as pool:
        us, *people = pool.map(lambda name: person(pds, name), ["polisen", *(f"p{n:02d}" for n in range(PEOPLE))])
    profile = {"$type": "app.bsky.actor.profile", "displayName": "Polisen på prov"}
    us.client.com.atproto.repo.put_record(
        {"repo": us.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": profile}
    )
    times = [now - timedelta(hours=4 * (POSTS - n)) for n in range(POSTS)]
    times[100:110] = [times[100]] * 10  # a cursor may not lose posts of one instant
    times[-1] = now + FAR_FUTURE  # createdAt is the client's word, and may be nonsense
    posts = us.write([post(f"Inlägg {n} #tips", at) for n, at in enumerate(times)])
    truth = [
        {**ref, "created_at": instant(at), **dict.fromkeys(COUNTERS, 0)} for ref, at in zip(posts, times, strict=True)
    ]
    plans: list[list[dict]] = [
        [{"$type": "app.bsky.graph.follow", "subject": us.did, "createdAt": instant(now)}] for _ in people
    ]
    for ref, row, at in zip(posts, truth, times, strict=True):
        for kind, most in (("likes", 6), ("reposts", 2), ("replies", 1), ("quotes", 1)):
            row[kind] = chance.randint(0, most)
            for who in chance.sample(range(PEOPLE), row[kind]):
                plans[who].append(act(kind, ref, min(at, now - timedelta(days=1)) + timedelta(minutes=30)))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda who, plan: who.write(plan), people, plans))
    questions = ask_and_answer(us, people, posts, truth, now)
    again = times[-3] + timedelta(minutes=5)
    [second] = us.write([act("replies", posts[-3], again, "Och en sak till.")])  # a thread of ours: a post of its own
    truth[-3]["replies"] += 1
    truth.append({**second, "created_at": instant(again), **dict.fromkeys(COUNTERS, 0)})
    theirs = people[0].write([post("Något helt annat", now)])[0]
    us.write([act("reposts", theirs, now)])  # stands in our feed, and is none of our posts
    world = {
        "did": us.did,
        "handle": us.handle,
        "followers": PEOPLE,
        "posts": truth,
        "questions": questions,
        "now": instant(now),
    }
    world["healed"] = settle(person(pds, "healer"), appview, world["posts"])
    return world


def ask_and_answer(us: Person, people: list[Person], posts: list[dict], truth: list[dict], now: datetime) -> list[dict]:
    """Three questions under three posts: one answered after 40 minutes, one after 5 hours, one never."""
    found = []
    for place, minutes in ((-2, 40), (-10, 300), (-20, None)):
        root, asked = posts[place], now - timedelta(hours=12)
        question = people[0].write([act("replies", root, asked, "Vart lämnar jag tips?")])[0]
        truth[place]["replies"] += 1
        if minutes:
            answer = post(
                "På webben eller 114 14.", asked + timedelta(minutes=minutes), reply={"root": root, "parent": question}
            )
            us.write([answer])
        found.append({"post": root["uri"], "uri": question["uri"], "asked_at": instant(asked), "minutes": minutes})
    return found


def change(pds: str, appview: str, world: dict) -> dict:
    """What happens between two readings."""
    us, fan, late = (person(pds, name) for name in ("polisen", "p00", "healer"))
    rows, now = world["posts"], datetime.now(UTC)
    gone = rows.pop(-5)
    us.remove(gone)
    liked = next(record for record in fan.client.com.atproto.repo.list_records(
        {"repo": fan.did, "collection": "app.bsky.feed.like", "limit": 100}).records
        if any(row["uri"] == record.value.subject.uri for row in rows[:-3]))  # fmt: skip
    fan.remove({"uri": liked.uri})
    unliked = next(row for row in rows if row["uri"] == liked.value.subject.uri)
    unliked["likes"] -= 1
    late.write([act("likes", {key: rows[-3][key] for key in ("uri", "cid")}, now)])
    rows[-3]["likes"] += 1
    world |= {"deleted": gone, "unliked": unliked["uri"], "liked_late": rows[-3]["uri"]}
    world["healed"] += settle(late, appview, rows)
    return world


def settle(healer: Person, appview: str, rows: list[dict]) -> int:
    """Wait for the AppView, and mend what it lost: how many counters.

    Its counters are counted anew at each event, side by side, and the last writer wins: some stay too low until the
    next event on the same post. So an event is made and taken back.
    """
    reader, until, healed = Client(base_url=f"{appview}/xrpc"), time.monotonic() + PATIENCE_S, 0
    seen: set[tuple[str, str]] = set()
    stale_since = time.monotonic()
    while wrong := displayed_wrongly(reader, rows):
        if time.monotonic() > until:
            raise SystemExit(f"the AppView still shows {len(wrong)} counters wrongly after {PATIENCE_S} s")
        if set(wrong) != seen:
            seen, stale_since = set(wrong), time.monotonic()
        elif time.monotonic() - stale_since > 4:
            for uri, kind in wrong:
                subject = next({key: row[key] for key in ("uri", "cid")} for row in rows if row["uri"] == uri)
                made = healer.write([act(kind, subject, datetime.now(UTC))])[0]
                time.sleep(0.5)
                healer.remove(made)
                healed += 1
            stale_since = time.monotonic()
        time.sleep(0.5)
    return healed


def displayed_wrongly(reader: Client, rows: list[dict]) -> list[tuple[str, str]]:
    shown = {}
    for start in range(0, len(rows), 25):
        uris = [row["uri"] for row in rows[start : start + 25]]
        shown |= {view.uri: view for view in reader.app.bsky.feed.get_posts({"uris": uris}).posts}
    return [
        (row["uri"], kind)
        for row in rows
        for kind in COUNTERS
        if getattr(shown.get(row["uri"]), DISPLAYED[kind], None) != row[kind]
    ]


if __name__ == "__main__":
    given = json.load(sys.stdin)
    servers = given["pds"], given["appview"]
    json.dump(change(*servers, given["world"]) if "world" in given else fill(*servers), sys.stdout)
