"""What may be kept of a Bluesky account: the allow-lists, in the protocol's own names.

Instants stay as the platform writes them: `createdAt` is whatever the author's program claims.
"""

from __future__ import annotations

import msgspec

from pipelines.sources.stream import Count, Record, Text


class Account(Record):
    """An account's figures at the moment of reading."""

    did: Text
    handle: Text | None = None
    displayName: Text | None = None  # noqa: N815  # the platform's own name
    createdAt: Text | None = None  # noqa: N815
    followersCount: Count | None = None  # noqa: N815
    followsCount: Count | None = None  # noqa: N815
    postsCount: Count | None = None  # noqa: N815


class Embed(Record):
    """What kind of thing is attached, such as `app.bsky.embed.images`."""

    type: Text | None = msgspec.field(name="$type", default=None)


class Written(Record):
    """The record that the author wrote."""

    text: Text | None = None
    createdAt: Text | None = None  # noqa: N815
    langs: list[Text] | None = None
    embed: Embed | None = None


class Post(Record):
    """A post with its counters at the moment of reading. `cid` is the version: a changed record has another."""

    uri: Text
    cid: Text | None = None
    record: Written | None = None
    indexedAt: Text | None = None  # noqa: N815
    likeCount: Count | None = None  # noqa: N815
    repostCount: Count | None = None  # noqa: N815
    replyCount: Count | None = None  # noqa: N815
    quoteCount: Count | None = None  # noqa: N815
    bookmarkCount: Count | None = None  # noqa: N815
