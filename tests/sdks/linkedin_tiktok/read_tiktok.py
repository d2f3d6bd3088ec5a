"""A public SDK reads a TikTok business account: given `url`, `token`, `native_id`, `first`, `last`."""

import json
import sys

from pytiktok import BusinessAccountApi

given = json.load(sys.stdin)
api = BusinessAccountApi(access_token=given["token"], base_url=given["url"] + "/open_api")
own = given["native_id"]
account = api.get_account_data(
    business_id=own, start_date=given["first"], end_date=given["last"],
    fields=["username", "followers_count", "video_views", "daily_new_followers"], return_json=True,
)["data"]  # fmt: skip
videos, cursor = [], None
while True:
    page = api.get_account_videos(
        business_id=own, fields=["item_id", "create_time", "caption", "reach", "video_views"], cursor=cursor,
        max_count=20, return_json=True,
    )["data"]  # fmt: skip
    videos += page["videos"]
    cursor = page["cursor"]
    if not page["has_more"]:
        break
comments = api.get_video_comments(business_id=own, video_id=given["video"], max_count=30, return_json=True)["data"]
replies = [
    reply["comment_id"]
    for comment in comments["comments"]
    for reply in api.get_comment_replies(
        business_id=own, video_id=given["video"], comment_id=comment["comment_id"], return_json=True
    )["data"]["comments"]
]
json.dump({"account": account, "videos": {video["item_id"]: video["reach"] for video in videos},
           "comments": [comment["comment_id"] for comment in comments["comments"]], "replies": replies},
          sys.stdout)  # fmt: skip
