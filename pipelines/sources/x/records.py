"""What may be kept of an X account: the allow-lists, in both vocabularies.

X renamed fields in August 2026 (`retweet_count` to `repost_count` and so on) and answers in the words of the request,
so far as anyone knows: both are fields here, one of the two is None, and staging takes whichever came.
Instants stay as the platform writes them (`2026-11-20T10:00:00.000Z`).
"""

from __future__ import annotations

from pipelines.sources.stream import Count, Record, Text


class AccountMetrics(Record):
    """An account's public figures."""

    followers_count: Count | None = None
    following_count: Count | None = None
    tweet_count: Count | None = None
    post_count: Count | None = None
    listed_count: Count | None = None
    like_count: Count | None = None
    media_count: Count | None = None


class Account(Record):
    """An account's figures at the moment of reading."""

    id: Text
    name: Text | None = None
    username: Text | None = None
    created_at: Text | None = None
    public_metrics: AccountMetrics | None = None


class PostMetrics(Record):
    """A post's public lifetime figures. `impression_count` counts repeated views and includes promoted ones."""

    retweet_count: Count | None = None
    repost_count: Count | None = None
    reply_count: Count | None = None
    like_count: Count | None = None
    quote_count: Count | None = None
    bookmark_count: Count | None = None
    impression_count: Count | None = None


class Reference(Record):
    """What a post refers to: `retweeted`, `quoted` or `replied_to`. A repost carries the original's figures."""

    type: Text
    id: Text


class LongText(Record):
    """The whole text of a post above 280 characters, whose `text` is cut."""

    text: Text | None = None


class Attachments(Record):
    """That something is attached."""

    media_keys: list[Text] | None = None


class Post(Record):
    """A post with its figures at the moment of reading.

    An edit makes a new id; the first id of the history is the post's key.
    """

    id: Text
    text: Text | None = None
    note_tweet: LongText | None = None
    note_post: LongText | None = None
    created_at: Text | None = None
    lang: Text | None = None
    conversation_id: Text | None = None
    edit_history_tweet_ids: list[Text] | None = None
    edit_history_post_ids: list[Text] | None = None
    referenced_tweets: list[Reference] | None = None
    referenced_posts: list[Reference] | None = None
    attachments: Attachments | None = None
    public_metrics: PostMetrics | None = None
