"""Mastodon.py fills an account and says what was put in: given `url`, `token`, and perhaps `world`.

Without a world: 45 posts (two pages), some liked, passed on and continued by the account itself, for a server lends us
one account only. With the world that it said before, what happens between two readings: a deletion, an unlike, an edit.
With `clean`, everything is taken away again.
"""

import json
import sys

from mastodon import Mastodon

POSTS = 45


def row(status, text: str) -> dict:
    return {"id": str(status.id), "text": text, "likes": 0, "reposts": 0, "replies": 0}


def fill(client: Mastodon) -> dict:
    me, rows = client.me(), []
    for number in range(POSTS):
        text = f"Inlägg {number} <åäö> & #tips"
        status = client.status_post(text, visibility="unlisted", language="sv")
        rows.append(row(status, text))
        if number % 3 == 0:
            client.status_favourite(status.id)
            rows[-1]["likes"] = 1
        if number % 10 == 4:
            client.status_reblog(status.id)
            rows[-1]["reposts"] = 1
    for place in (-1, -7):
        more = client.status_post("Och en sak till.", in_reply_to_id=rows[place]["id"], visibility="unlisted")
        rows[place]["replies"] += 1
        rows.insert(0, row(more, "Och en sak till."))
    return {"number": str(me.id), "handle": me.acct, "posts": rows, "followers": me.followers_count}


def change(client: Mastodon, world: dict) -> dict:
    rows = world["posts"]
    gone = rows.pop(10)
    client.status_delete(gone["id"])
    unliked = next(one for one in rows if one["likes"])
    client.status_unfavourite(unliked["id"])
    unliked["likes"] = 0
    rows[20]["text"] = "Rättat"
    client.status_update(rows[20]["id"], status="Rättat")
    return world | {"deleted": gone["id"], "unliked": unliked["id"]}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    client = Mastodon(api_base_url=given["url"], access_token=given["token"])
    if given.get("clean"):
        for one in given["world"]["posts"]:
            client.status_delete(one["id"])
        json.dump({}, sys.stdout)
    else:
        json.dump(change(client, given["world"]) if "world" in given else fill(client), sys.stdout)
