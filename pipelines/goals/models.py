"""goals.yaml as strict models: what an institution wants, and how it will be judged."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # pydantic reads annotations
from typing import Annotated, Literal

from pydantic import Field

from pipelines.goals.calendar import Calendar  # noqa: TC001  # pydantic reads annotations
from pipelines.goals.fields import Hashtag, Id, LinkPattern, Many, Pattern, Span, Strict, Text, TimeZone, Words
from pipelines.goals.kpis import Kpi  # noqa: TC001  # pydantic reads annotations
from pipelines.goals.vocabulary import Platform, Verdict  # noqa: TC001  # pydantic reads annotations


class Organisation(Strict):
    """The public body."""

    id: Id
    label: Text


class Period(Strict):
    """The days that are judged, and the days they are compared with. Both ends included, in the file's time zone.

    Args:
        settle_days: how long platforms may still restate numbers after the last day.
    """

    study: Span
    baseline: Span | None = None
    settle_days: Annotated[int, Field(ge=0, le=365)] = 3


class ActiveRule(Strict):
    """When a unit counts as active: at least `min_posts` own posts within `within_days` days."""

    min_posts: Annotated[int, Field(ge=1)] = 1
    within_days: Annotated[int, Field(ge=1, le=366)] = 28


class Unit(Strict):
    """A part of the organisation: an authority, a region, a local area."""

    id: Words
    name: Words
    population: Annotated[int, Field(ge=0)] | None = None
    parent: Words | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class Units(Strict):
    """How the organisation is divided. `members` may also come from an import."""

    level: Words
    weight: Literal["population"] = "population"
    active_rule: ActiveRule = ActiveRule()
    members: Many[Unit] = ()


class Account(Strict):
    """An account on a platform; `id` is the platform's own. A date means midnight in the file's time zone."""

    platform: Platform
    id: Words
    unit: Words
    handle: Words | None = None
    opened_at: dt.datetime | dt.date | None = None
    closed_at: dt.datetime | dt.date | None = None

    @property
    def account_id(self) -> str:
        """`platform:native_id`, the account's key everywhere."""
        return f"{self.platform}:{self.id}"


class Budget(Strict):
    """What may be taken from a platform in a period, below its own limits. A day is the platform's, a month UTC's."""

    usd_per_month: Annotated[float, Field(gt=0)] | None = None
    units_per_day: Annotated[int, Field(ge=1)] | None = None
    requests_per_day: Annotated[int, Field(ge=1)] | None = None


class Disclosure(Strict):
    """What is too small to show. The floor of 3 cannot be lowered."""

    min_cell: Annotated[int, Field(ge=3)] = 5
    public_round_to: Annotated[int, Field(ge=1)] = 5
    time_grain_min: Literal["hour", "day"] = "hour"


class Retention(Strict):
    """What may go when its time is over, by whose decision (docs/privacy/retention.md).

    Args:
        decision: number of the decision on disposal in the register; without it no official document goes.
        archive: whether an export must come first.
        days: class of data -> days it is kept, within what `sql/seeds/retention.csv` allows.
    """

    decision: Annotated[str, Field(pattern=r"^[\w .:/-]{1,60}$")] | None = None
    archive: Literal["required", "not_needed"] = "required"
    days: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict[str, "int"])


class VerdictRule(Strict):
    """How sure is sure enough."""

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    values: Annotated[Many[Verdict], Field(min_length=3, max_length=3)] = ("met", "not_met", "insufficient_evidence")
    min_completeness: Annotated[float, Field(ge=0, le=1)] = 0.90


class PostMatch(Strict):
    """Which posts serve the goal: one of the `hashtags` stands in it, or an `include` and no `exclude` matches.

    Args:
        weight: the part of such a post that serves this goal.
    """

    include: Many[Pattern] = ()
    exclude: Many[Pattern] = ()
    hashtags: Many[Hashtag] = ()
    weight: Annotated[float, Field(gt=0, le=1)] = 1.0


class Appeal(Strict):
    """How an appeal to the public is recognised: a case number, or a short link whose group `ref` is the code."""

    case_ref: Pattern | None = None
    link: LinkPattern | None = None


class Goal(Strict):
    """One purpose of the presence. The guide's questions have to be answered: why, for whom, and to what benefit."""

    id: Id
    label: Text
    purpose: Text
    target_group: Text
    motive: Text
    user_benefit: Text
    post_match: PostMatch | None = None
    appeal: Appeal | None = None
    kpis: Annotated[Many[Kpi], Field(min_length=1)]


class Goals(Strict):
    """A whole goals file."""

    version: Annotated[int, Field(ge=1)]
    organisation: Organisation
    timezone: TimeZone
    period: Period
    units: Units
    accounts: Many[Account] = ()
    budgets: dict[Platform, Budget] = Field(default_factory=dict["Platform", "Budget"])
    calendar: Calendar | None = None
    disclosure: Disclosure = Disclosure()
    retention: Retention | None = None
    verdict: VerdictRule = VerdictRule()
    goals: Annotated[Many[Goal], Field(min_length=1)]
    guardrails: Many[Kpi] = ()
