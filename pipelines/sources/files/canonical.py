"""The canonical tables: what any file ends up as, whatever it looked like when it came in.

Each record is the allow-list of one table: a column that is not a field here is dropped and named in the report.
A field without a default is required: a row without it is kept aside. Instants are UTC.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # msgspec and the raw tables read the annotations at run time
from typing import TYPE_CHECKING, Literal

import msgspec

from pipelines.sources.stream import Record, Stream
from pipelines.sources.tip_labels import Disposition, HeardVia, TipChannel  # noqa: TC001  # msgspec reads them

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "files"

PostStatus = Literal["ok", "not_offered", "not_found", "error"]
"""Why a reading has, or lacks, a value. `ok` with a null value is missing: asked for, and nothing came."""

Coder = Literal["a", "b", "adjudicated"]
TagDecision = Literal["include", "exclude", "withdrawn"]
SampleType = Literal["own_channel", "probability_sample", "panel"]
"""How the people of a survey were chosen: by themselves in our own channels, by lot, or from a panel of volunteers."""


class Unit(Record):
    """One row per unit (an authority, a region, a local area) and validity."""

    unit_id: str
    name: str
    parent_unit_id: str | None = None
    population: int | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class Account(Record):
    """One row per account; `account_id` is `platform:native_id`, a handle only where the file knows nothing better."""

    account_id: str
    platform: str
    unit_id: str | None = None
    handle: str | None = None
    opened_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None


class Post(Record):
    """One row per post; `post_id` is `platform:native_id`.

    `published_at` is null where a table of readings names a post without saying when it was published.
    """

    post_id: str
    account_id: str
    published_at: dt.datetime | None = None
    text: str | None = None
    media_type: str | None = None
    permalink: str | None = None
    ref_code: str | None = None
    appeal_id: str | None = None
    deleted_seen_at: dt.datetime | None = None


class PostSnapshot(Record):
    """One row per post, native metric and reading."""

    post_id: str
    observed_at: dt.datetime
    native_metric: str
    ingested_at: dt.datetime | None = None
    status: PostStatus = "ok"
    value: float | None = None


class AccountSnapshot(Record):
    """One row per account, native metric and reading."""

    account_id: str
    observed_at: dt.datetime
    native_metric: str
    ingested_at: dt.datetime | None = None
    value: float | None = None


class AccountWindow(Record):
    """One row per account, native metric and window as the platform itself computed it; half-open."""

    account_id: str
    native_metric: str
    window_start: dt.datetime
    window_end: dt.datetime
    value: float | None = None


class Interaction(Record):
    """One row per question or comment put to the institution; no author, no text."""

    interaction_id: str
    post_id: str
    asked_at: dt.datetime
    answered_at: dt.datetime | None = None
    kind: str | None = None


class LinkVisits(Record):
    """One row per own short link and local date; visits are counted, visitors are not known."""

    ref_code: str
    local_date: dt.date
    visits: int


class Tip(Record):
    """One row per tip; `received_at` is cut to the hour before it is stored."""

    tip_id: str
    received_at: dt.datetime
    unit_id: str
    channel: TipChannel | None = None
    ref_code: str | None = None
    appeal_id: str | None = None
    heard_via: HeardVia | None = None
    disposition: Disposition | None = None


class PostTag(Record):
    """One row per decision of a person that a post serves a goal, or does not; who decided is not stored.

    `withdrawn` hands the post back to the rules. Where the file does not say when it was decided, it was when it was
    imported.
    """

    post_id: str
    goal_id: str
    decision: TagDecision
    weight: float | None = None
    tagged_at: dt.datetime | None = None


class CodingDraw(Record):
    """One row per post drawn for a blind coding: a simple random sample of the frame's posts."""

    sample_id: str
    post_id: str
    place: int
    seed: int
    goals_version: int
    frame_from: dt.date
    frame_to: dt.date
    frame_posts: int
    drawn_at: dt.datetime


class GoalCoding(Record):
    """One row per drawn post, goal and voice: whether coder a, coder b or both together say that it serves the goal."""

    sample_id: str
    post_id: str
    goal_id: str
    coder: Coder
    serves: bool
    coded_at: dt.datetime


class Survey(Record):
    """One row per survey question put to a sample; `topic` says which KPI's question it is where there are several."""

    survey_id: str
    conducted_from: dt.date
    conducted_to: dt.date
    sample_type: SampleType
    question: str
    mode: str | None = None
    frame: str | None = None
    topic: str | None = None


class SurveyResponse(Record):
    """One row per answer; `resp_id` is a random number of the survey's own."""

    survey_id: str
    resp_id: str
    answer: str
    weight: float | None = None
    age_band: str | None = None
    sex: str | None = None
    region: str | None = None
    follower: bool | None = None


_POST = ("post_id",)
UNITS = Stream(source=SOURCE, name="units", record=Unit, title="Units of the institution")
ACCOUNTS = Stream(source=SOURCE, name="accounts", record=Account, title="Accounts named by imported files")
POSTS = Stream(
    source=SOURCE,
    name="posts",
    record=Post,
    title="Posts in imported files",
    post_key=_POST,
    prose=("text", "permalink"),
)
POST_SNAPSHOTS = Stream(
    source=SOURCE, name="post_snapshots", record=PostSnapshot, title="Readings of posts' counters", post_key=_POST
)
ACCOUNT_SNAPSHOTS = Stream(
    source=SOURCE, name="account_snapshots", record=AccountSnapshot, title="Readings of accounts' figures"
)
ACCOUNT_WINDOWS = Stream(
    source=SOURCE, name="account_windows", record=AccountWindow, kind="period", title="Accounts' figures per window"
)
INTERACTIONS = Stream(
    source=SOURCE,
    name="interactions",
    record=Interaction,
    kind="period",
    title="Questions and comments, and answers",
    post_key=_POST,
)
LINK_VISITS = Stream(source=SOURCE, name="link_visits", record=LinkVisits, title="Visits through own short links")
TIPS = Stream(source=SOURCE, name="tips", record=Tip, kind="period", sensitive=True, title="Tips, without content")
POST_TAGS = Stream(
    source=SOURCE, name="post_tags", record=PostTag, title="Posts tagged with goals by hand", post_key=_POST
)
CODING_DRAWS = Stream(
    source=SOURCE, name="coding_draws", record=CodingDraw, title="Posts drawn for a blind coding", post_key=_POST
)
GOAL_CODINGS = Stream(
    source=SOURCE, name="goal_codings", record=GoalCoding, title="What the coders said", post_key=_POST
)
SURVEYS = Stream(source=SOURCE, name="surveys", record=Survey, sensitive=True, title="Surveys")
SURVEY_RESPONSES = Stream(
    source=SOURCE, name="survey_responses", record=SurveyResponse, sensitive=True, title="Answers to surveys"
)

STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        UNITS,
        ACCOUNTS,
        POSTS,
        POST_SNAPSHOTS,
        ACCOUNT_SNAPSHOTS,
        ACCOUNT_WINDOWS,
        INTERACTIONS,
        LINK_VISITS,
        TIPS,
        POST_TAGS,
        CODING_DRAWS,
        GOAL_CODINGS,
        SURVEYS,
        SURVEY_RESPONSES,
    )
}
"""Every table a file may end up in, by name."""


def required(stream: Stream) -> tuple[str, ...]:
    """Fields without which a row of the stream is kept aside."""
    named = tuple(field.name for field in msgspec.structs.fields(stream.record) if field.required)
    return (*named, "published_at") if stream is POSTS else named
