"""Mastodon.py reads an account, its statuses, a context and lists: given `url`, `number`, and perhaps `token`."""

import json
import sys

from mastodon import Mastodon

given = json.load(sys.stdin)
client = Mastodon(api_base_url=given["url"], access_token=given.get("token"))
account = client.account(given["number"])
page = client.account_statuses(given["number"], limit=20)
found = []
while page:
    found.extend(page)
    page = client.fetch_next(page)
own = [status for status in found if status.reblog is None]
posts = {
    str(status.id): [status.favourites_count, status.reblogs_count, status.replies_count, status.quotes_count]
    for status in own
}
first = own[0]
talked = next((status for status in own if status.replies_count), first)
likes = client.status_favourited_by(first.id)
json.dump(
    {
        "followers": account.followers_count, "posts": posts, "boosts": len(found) - len(own),
        "version": client.instance().version,
        "replies": [str(talked.id), len(client.status_context(talked.id).descendants)],
        "likes": len(client.fetch_remaining(likes)), "edited": sum(status.edited_at is not None for status in own),
    },
    sys.stdout,
)  # fmt: skip
