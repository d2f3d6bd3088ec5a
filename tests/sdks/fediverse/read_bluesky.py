"""The official SDK reads an account, its feed, threads and lists: given `url`, `did`, and perhaps `password`.

Its models are made from the protocol's lexicons: an answer that breaks them is refused here.
"""

import json
import sys

from atproto import Client

given = json.load(sys.stdin)
client = Client(base_url=f"{given['url']}/xrpc")
if "password" in given:
    client.login(given["did"], given["password"])
profile = client.app.bsky.actor.get_profile({"actor": given["did"]})
posts, reposts, cursor = {}, 0, None
while True:
    page = client.app.bsky.feed.get_author_feed({"actor": given["did"], "limit": 20, "cursor": cursor})
    for item in page.feed:
        reposts += item.reason is not None
        if item.reason is None:
            view = item.post
            posts[view.uri] = [view.like_count, view.repost_count, view.reply_count, view.quote_count, view.record.text]
    cursor = page.cursor
    if not cursor:
        break
first = next(iter(posts))
again = client.app.bsky.feed.get_posts({"uris": [first, f"{first}x"]}).posts
talked = next((uri for uri, row in posts.items() if row[2]), first)
thread = client.app.bsky.feed.get_post_thread({"uri": talked, "depth": 6}).thread


def whole(ask, name):
    """Every page of a list."""
    rows, cursor = [], None
    while True:
        page = ask({"uri": first, "limit": 100, "cursor": cursor})
        rows.extend(getattr(page, name))
        cursor = page.cursor
        if not cursor:
            return rows


feed = client.app.bsky.feed
lists = [whole(feed.get_likes, "likes"), whole(feed.get_reposted_by, "reposted_by"), whole(feed.get_quotes, "posts")]
json.dump(
    {
        "followers": profile.followers_count, "posts": posts, "reposts": reposts, "again": [view.uri for view in again],
        "replies": [talked, len(thread.replies or [])], "lists": [len(rows) for rows in lists],
    },
    sys.stdout,
)  # fmt: skip
