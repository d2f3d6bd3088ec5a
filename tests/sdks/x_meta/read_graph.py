"""python-facebook-api, which follows `paging.next` to the letter, reads a Page: given `url`, `token`, `native_id`."""

import json
import sys

from pyfacebook import GraphAPI

given = json.load(sys.stdin)
api = GraphAPI(access_token=given["token"], base_url=given["url"] + "/", version="v24.0")
feed = api.get_full_connections(given["native_id"], "published_posts", fields="id,created_time", count=None, limit=30)
json.dump({"posts": [post["id"] for post in feed["data"]]}, sys.stdout)
