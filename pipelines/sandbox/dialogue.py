"""Questions under posts and their answers, and what surveys say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.sandbox.calendar import DAY, HOUR, NEVER, STUDY_END, WORLD_END, Seconds, midnight, whole
from pipelines.sandbox.templates import TEMPLATES

if TYPE_CHECKING:
    from datetime import timedelta

    from pipelines.sandbox.posting import Places, Posts

QUESTIONS = 2811
ANSWERED_WITHIN_A_DAY = 0.798
KINDS = ("question", "comment", "spam")
_KIND_SHARES = (0.70, 0.24, 0.06)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All comments that may need an answer; each array has one element per comment.

    Args:
        post: number of the post.
        asked: when, seconds UTC.
        answered: when the authority answered; `NEVER` if it did not.
        kind: place in `KINDS`.
    """

    post: Places
    asked: Seconds
    answered: Seconds
    kind: Places


def make_dialogue(rng: np.random.Generator, posts: Posts, scale: float) -> Dialogue:
    """Draw comments: exactly the same share of questions is answered within a day, whatever the seed."""
    rates = np.array([TEMPLATES[t].question_rate for t in whole(posts.template)])
    weight = rates * np.sqrt(posts.counters.final["views"])
    count = max(20, round(QUESTIONS * scale / _KIND_SHARES[0]))
    post = rng.choice(len(weight), size=count, p=weight / weight.sum())
    asked = posts.published[post] + np.exp(rng.normal(np.log(5 * HOUR), 1.2, count)).astype(np.int64)
    keep = (asked < midnight(WORLD_END)) & (asked < posts.counters.deleted_at[post])
    order = np.flatnonzero(keep)[np.argsort(asked[keep], kind="stable")]
    post, asked = post[order], asked[order]
    kind = rng.choice(3, size=len(order), p=_KIND_SHARES)
    answered = np.full(len(order), NEVER)
    quick = np.minimum(np.exp(rng.normal(np.log(1.4 * HOUR), 1.3, len(order))), DAY - 60).astype(np.int64)
    late = rng.integers(DAY + HOUR, 4 * DAY, len(order))
    # The questions of the study year get the share exactly; so does the rest.
    in_study = asked < midnight(STUDY_END) + DAY
    for group in (in_study, ~in_study):
        questions = rng.permutation(np.flatnonzero((kind == 0) & group))
        soon = round(len(questions) * ANSWERED_WITHIN_A_DAY)
        later = soon + (len(questions) - soon) * 6 // 10
        answered[questions[:soon]] = (asked + quick)[questions[:soon]]
        answered[questions[soon:later]] = (asked + late)[questions[soon:later]]
    return Dialogue(post=post, asked=asked, answered=answered, kind=kind)


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey: who was asked how, and how many said yes."""

    survey_id: str
    conducted_from: date
    conducted_to: date
    sample_type: str
    mode: str
    frame: str
    question: str
    answers: int
    yes_share: float


PUBLIC_SUPPORT = 0.7535
"""The share of the whole public that thinks the body should be present."""

SURVEYS = (
    Survey(
        "egen_kanal_2025", date(2025, 9, 1), date(2025, 9, 28), "own_channel", "web", "followers",
        "Tycker du att vi ska finnas i sociala medier?", 2400, 0.96,
    ),
    Survey(
        "befolkning_2025", date(2025, 9, 8), date(2025, 10, 31), "probability_sample", "web and post", "population 16+",
        "Tycker du att vi ska finnas i sociala medier?", 1500, 0.75,
    ),
)  # fmt: skip

AGE_BANDS = ("16-29", "30-44", "45-64", "65-84")
SEXES = ("kvinna", "man")


@dataclass(frozen=True, slots=True)
class Responses:
    """Answers to one survey; each array has one element per person."""

    survey: Survey
    is_yes: npt.NDArray[np.bool_]
    age_band: Places
    sex: Places
    unit: Places
    is_follower: npt.NDArray[np.bool_]


def make_responses(rng: np.random.Generator, survey: Survey, populations: npt.NDArray[np.float64]) -> Responses:
    """Draw the people of a survey; the share of yes is exact."""
    count = survey.answers
    yes = np.zeros(count, dtype=np.bool_)
    yes[: round(count * survey.yes_share)] = True
    own = survey.sample_type == "own_channel"
    return Responses(
        survey=survey,
        is_yes=rng.permutation(yes),
        age_band=rng.choice(4, size=count, p=[0.30, 0.33, 0.27, 0.10] if own else [0.21, 0.24, 0.32, 0.23]),
        sex=rng.integers(0, 2, count),
        unit=rng.choice(len(populations), size=count, p=populations / populations.sum()),
        is_follower=np.full(count, True) if own else rng.random(count) < 0.06,
    )


def is_due(asked: Seconds, cut_off: int, within: timedelta) -> npt.NDArray[np.bool_]:
    """Whether a question was asked long enough before the cut-off to be judged."""
    return asked + int(within.total_seconds()) <= cut_off
