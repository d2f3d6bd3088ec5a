"""LinkedIn's own SDK reads a page's posts, their statistics and its days: given `url`, `token`, `native_id`, `day`."""

import json
import sys

from linkedin_api.common import constants

given = json.load(sys.stdin)
constants.VERSIONED_BASE_URL = given["url"] + "/rest"

from linkedin_api.clients.restli.client import RestliClient  # noqa: E402  # it copies the address when it is loaded

client, urn = RestliClient(), f"urn:li:organization:{given['native_id']}"


def find(path, finder, **asked):
    """Elements that a finder gives."""
    answer = client.finder(
        resource_path=path, finder_name=finder, query_params=asked,
        access_token=given["token"], version_string="202607",
    )  # fmt: skip
    return answer.elements


posts, start = [], 0
while True:
    page = find("/posts", "author", author=urn, count=50, start=start)
    if not page and start > 200:
        break
    posts += page
    start += 50
shares = [post["id"] for post in posts if ":share:" in post["id"]][:20]
told = find(
    "/organizationalEntityShareStatistics", "organizationalEntity",
    organizationalEntity=urn, shares=shares, count=100, start=0,
)  # fmt: skip
day = {"start": given["day"], "end": given["day"] + 86_400_000}
days = find(
    "/organizationalEntityShareStatistics", "organizationalEntity", organizationalEntity=urn,
    timeIntervals={"timeRange": day, "timeGranularityType": "DAY"},
)  # fmt: skip
size = client.get(
    resource_path="/networkSizes/{id}", path_keys={"id": urn}, access_token=given["token"], version_string="202607",
    query_params={"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"},
)  # fmt: skip
json.dump({"posts": [post["id"] for post in posts], "days": days, "followers": size.entity["firstDegreeSize"],
           "statistics": {one["share"]: one["totalShareStatistics"] for one in told}}, sys.stdout)  # fmt: skip
