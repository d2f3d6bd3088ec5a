"""Google's own client reads a channel by key and by token: given `url`, `key`, `token`, `channel`.

Every answer is held against the discovery documents that come with the client: no unknown name, no other type.
"""

import json
import sys

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

PLAIN = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "any": object}


def flaws(value, schema, schemas, where):
    """What of a value a discovery schema does not allow."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "any")
    if kind == "object":
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        known, more = schema.get("properties", {}), schema.get("additionalProperties")
        found = [f"{where}.{name}: unknown" for name in value if name not in known and more is None]
        for name, one in value.items():
            if name in known or more is not None:
                found += flaws(one, known.get(name, more), schemas, f"{where}.{name}")
        return found
    if kind == "array":
        return [f for one in value for f in flaws(one, schema["items"], schemas, f"{where}[]")]
    is_number = kind == "integer" and isinstance(value, bool)
    if not isinstance(value, PLAIN[kind]) or is_number:
        return [f"{where}: {value!r} is no {kind}"]
    if schema.get("format") in ("int64", "uint64") and kind == "string" and not value.lstrip("-").isdigit():
        return [f"{where}: {value!r} is no {schema['format']}"]
    return []


class Reader:
    """A client, and what was wrong with its answers."""

    def __init__(self, name, version, **how):
        how |= {"static_discovery": True, "client_options": {"api_endpoint": given["url"]}}
        self.client = build(name, version, **how)
        self.document = json.loads(get_static_doc(name, version))
        self.flaws = []

    def run(self, request):
        answer = request.execute()
        node = self.document
        *parents, method = request.methodId.split(".")[1:]
        for parent in parents:
            node = node["resources"][parent]
        schema = node["methods"][method]["response"]
        self.flaws += flaws(answer, schema, self.document["schemas"], request.methodId)
        return answer

    def all(self, resource, **how):
        request = resource.list(**how)
        while request is not None:
            answer = self.run(request)
            yield from answer.get("items", [])
            request = resource.list_next(request, answer)


given = json.load(sys.stdin)
data = Reader("youtube", "v3", developerKey=given["key"])
api = data.client
(channel,) = data.run(api.channels().list(part="snippet,contentDetails,statistics", id=given["channel"]))["items"]
uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
ids = [item["contentDetails"]["videoId"] for item in
       data.all(api.playlistItems(), part="snippet,contentDetails", playlistId=uploads, maxResults=50)]  # fmt: skip
parts = ["snippet", "contentDetails", "statistics"]
batch = data.run(api.videos().batchGetStats(part=parts, id=ids[:50]))["items"]
listed = data.run(api.videos().list(part="snippet,contentDetails,statistics,status", id=",".join(ids[:50])))["items"]

comments, refusals = {}, {}
for video in ids:
    try:
        for thread in data.all(api.commentThreads(), part="snippet,replies", videoId=video, maxResults=100):
            first = thread["snippet"]["topLevelComment"]
            comments[first["id"]] = video
            if thread["snippet"]["totalReplyCount"]:
                answers = data.all(api.comments(), part="snippet", parentId=first["id"], maxResults=100)
                comments |= {answer["id"]: video for answer in answers}
    except HttpError as error:
        refusals[video] = [error.resp.status, error.error_details[0]["reason"]]

owner = Reader("youtubeAnalytics", "v2", credentials=Credentials(given["token"]))
report = owner.run(owner.client.reports().query(
    ids="channel==MINE", startDate="2025-12-01", endDate="2025-12-31", metrics="views,subscribersGained",
    dimensions="day", sort="day",
))  # fmt: skip
json.dump({
    "channel": channel["statistics"], "uploads": ids, "comments": comments, "refusals": refusals,
    "batch": {item["id"]: item["statistics"] for item in batch}, "rows": report["rows"],
    "listed": {item["id"]: item["statistics"] for item in listed}, "flaws": data.flaws + owner.flaws,
}, sys.stdout)  # fmt: skip
