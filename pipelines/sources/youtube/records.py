"""What may be kept of a YouTube channel: the allow-lists, nested where the platform nests.

Numbers arrive as text (`"5310"`); `client.counted` makes them numbers before these types are asked. Instants, days and
lengths stay as the platform writes them: `2026-11-01T08:00:00Z`, `2026-11-17`, `PT2M3S` of `videos.list` and `123s` of
`videos:batchGetStats`. A missing key is None, never 0: the platform leaves out what is hidden or switched off.
"""

from __future__ import annotations

from typing import Literal

from pipelines.sources.stream import Count, Record, SignedCount, Text


class ChannelSnippet(Record):
    """What a channel is called."""

    title: Text | None = None
    customUrl: Text | None = None  # noqa: N815  # the platform's word, as all below
    publishedAt: Text | None = None  # noqa: N815


class ChannelStatistics(Record):
    """A channel's figures. `subscriberCount` has three significant digits, and means nothing where it is hidden."""

    viewCount: Count | None = None  # noqa: N815
    subscriberCount: Count | None = None  # noqa: N815
    hiddenSubscriberCount: bool | None = None  # noqa: N815
    videoCount: Count | None = None  # noqa: N815


class Channel(Record):
    """A channel at the moment of reading."""

    id: Text
    snippet: ChannelSnippet | None = None
    statistics: ChannelStatistics | None = None


class UploadSnippet(Record):
    """What a video says of itself; of a private one the platform's word for that."""

    title: Text | None = None
    description: Text | None = None


class UploadDetails(Record):
    """Which video, and since when everybody may see it; None while not everybody may."""

    videoId: Text  # noqa: N815
    videoPublishedAt: Text | None = None  # noqa: N815


class Upload(Record):
    """One place in a channel's list of uploads."""

    contentDetails: UploadDetails  # noqa: N815
    snippet: UploadSnippet | None = None


class VideoDetails(Record):
    """How long a video is."""

    duration: Text | None = None


class VideoStatistics(Record):
    """A video's lifetime figures: `likeCount` missing where likes are hidden, `commentCount` where comments are off."""

    viewCount: Count | None = None  # noqa: N815
    likeCount: Count | None = None  # noqa: N815
    commentCount: Count | None = None  # noqa: N815


class Video(Record):
    """A video's figures at the moment of reading; or, by `status`, that it was asked for and is not there."""

    id: Text
    status: Literal["not_found"] | None = None
    contentDetails: VideoDetails | None = None  # noqa: N815
    statistics: VideoStatistics | None = None


class Day(Record):
    """What a channel's Pacific day brought; a figure may fall below zero where more was taken back than given."""

    day: Text
    views: SignedCount | None = None
    engagedViews: SignedCount | None = None  # noqa: N815
    estimatedMinutesWatched: SignedCount | None = None  # noqa: N815
    averageViewDuration: SignedCount | None = None  # noqa: N815
    likes: SignedCount | None = None
    comments: SignedCount | None = None
    shares: SignedCount | None = None
    subscribersGained: SignedCount | None = None  # noqa: N815
    subscribersLost: SignedCount | None = None  # noqa: N815
