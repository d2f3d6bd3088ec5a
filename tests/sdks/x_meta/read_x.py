"""X's own SDK reads an account and its posts: given `url`, `token`, `native_id`."""

import json
import sys

from xdk import Client

given = json.load(sys.stdin)
client = Client(base_url=given["url"], bearer_token=given["token"])
user = client.users.get_by_id(given["native_id"], user_fields=["public_metrics"])
posts = []
for page in client.users.get_posts(given["native_id"], max_results=100, post_fields=["created_at", "public_metrics"]):
    posts.extend(page.data or [])
plain = [post if isinstance(post, dict) else post.model_dump() for post in posts]
account = user.data if isinstance(user.data, dict) else user.data.model_dump()
json.dump({"followers": account["public_metrics"]["followers_count"],
           "posts": {post["id"]: post["public_metrics"] for post in plain}}, sys.stdout)  # fmt: skip
