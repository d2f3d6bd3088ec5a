"""What may be kept of a Mastodon account: the allow-lists. Every count is optional: not every server has them all."""

from __future__ import annotations

from pipelines.sources.stream import Count, Record, Text


class Account(Record):
    """An account's figures at the moment of reading, as its own server knows them."""

    id: Text
    username: Text | None = None
    acct: Text | None = None
    display_name: Text | None = None
    created_at: Text | None = None
    followers_count: Count | None = None
    following_count: Count | None = None
    statuses_count: Count | None = None
    last_status_at: Text | None = None


class Attachment(Record):
    """What kind of thing is attached: `image`, `gifv`, `video`, `audio`, `unknown`."""

    type: Text | None = None


class Status(Record):
    """A public post with its counters at the moment of reading. `content` is HTML."""

    id: Text
    uri: Text | None = None
    url: Text | None = None
    created_at: Text | None = None
    edited_at: Text | None = None
    in_reply_to_id: Text | None = None
    visibility: Text | None = None
    language: Text | None = None
    spoiler_text: Text | None = None
    content: Text | None = None
    media_attachments: list[Attachment] | None = None
    replies_count: Count | None = None
    reblogs_count: Count | None = None
    favourites_count: Count | None = None
    quotes_count: Count | None = None
